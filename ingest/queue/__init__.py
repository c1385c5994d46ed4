"""The queue in the durable engine (DBOS): whose turn it is, what walks, how long it may take."""
