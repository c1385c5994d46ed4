"""Pages of what arrived and what is held."""
