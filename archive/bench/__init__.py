"""A record of any size to measure with: made of walked samples, consistent with its own trail."""
