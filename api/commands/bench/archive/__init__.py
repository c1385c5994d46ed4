"""``registratur bench archive``: what an archive of some size costs, and how it grows."""
