"""The validation report in its forms, and what the law wants stated of it."""
