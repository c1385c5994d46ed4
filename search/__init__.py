"""A projection of the archive that can be thrown away and rebuilt. Knows config alone."""
