"""The object store: bytes under their own hash, put once and never overwritten."""
