"""Documents, files, cases, the file plan, search, signatures."""
