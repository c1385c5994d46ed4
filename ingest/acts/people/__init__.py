"""Acts on accounts, rights, closed compartments and pseudonyms."""
