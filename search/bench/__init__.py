"""What search costs and how well it finds."""
