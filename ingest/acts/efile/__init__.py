"""Acts on filed documents, files, cases and the file plan, and what is handed out of them."""
