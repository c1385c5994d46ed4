"""Commands that work on files without any archive."""
