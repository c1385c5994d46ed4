"""Health and figures of the service, and what its index refused."""
