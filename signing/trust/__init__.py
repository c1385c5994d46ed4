"""Whom and what to trust: trusted lists, local anchors, chains to them, algorithms by date."""
