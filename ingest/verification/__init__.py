"""``verify``: whether everything still is what the record says; one object or the whole archive."""
