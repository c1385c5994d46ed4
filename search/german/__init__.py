"""German analysis, once for all engines: what a word is indexed and asked as."""
