"""Image files by their own formats: what is in them and what of it PDF may carry."""
