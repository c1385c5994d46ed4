"""What people and programs can do: each act once, with its right, its transaction and its event."""
