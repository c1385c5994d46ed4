"""What ``ingest/engines.py`` gathers beside the queue: scanner, working files, progress."""
