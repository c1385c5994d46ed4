"""Commands that set the service up, run it and look after it."""
