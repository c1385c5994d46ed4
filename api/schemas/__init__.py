"""What goes over the wire, apart from the archive's values."""
