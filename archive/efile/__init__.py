"""E-files, their parts and cases: opened, filed into, closed, kept for how long."""
