"""The audit trail: append-only events in one chain, and what is looked up in it."""
