"""Our own seal: the port, and keys from a file."""
