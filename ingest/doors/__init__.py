"""What a hot folder needs to know of files that others write: names, ends, writers, claims."""
