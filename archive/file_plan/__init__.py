"""The file plan and the filing rules: read from tables that people write, and taken in."""
