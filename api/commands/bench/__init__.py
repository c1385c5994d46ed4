"""``registratur bench``: what things cost here."""
