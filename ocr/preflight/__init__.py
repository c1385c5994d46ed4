"""What came in: kind, pages, active content, separator sheets, limits; splitting and decrypting."""
