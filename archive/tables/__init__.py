"""The tables by idea, the indices that lists go by, and which tables carry evidence."""
