"""The sample county and its letters, to try things with."""
