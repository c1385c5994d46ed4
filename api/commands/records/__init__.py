"""Commands about what is in the archive."""
