"""Page images -> recognition -> PDF/A. Knows config alone."""
