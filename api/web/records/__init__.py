"""Pages of documents, files, the file plan, search, signatures, checks of quality."""
