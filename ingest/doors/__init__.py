"""Where files come in: first custody, and what lies at a door and cannot be taken."""
