"""The service at work: the durable engine's workers, loops, and what tidies after a crash."""
