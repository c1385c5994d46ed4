"""The engines behind the port, each in a sub-room of its own, and what they share."""
