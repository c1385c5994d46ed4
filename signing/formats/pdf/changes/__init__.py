"""What came into a PDF after a signature: which changes are harmless, and what pages show now."""
