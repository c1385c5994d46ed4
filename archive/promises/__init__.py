"""What each event promises of the rows it changed: rows and events as canonical text, and
hashes."""
