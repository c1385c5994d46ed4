"""PDF/A from a source and its recognition, judged by veraPDF; files embedded, files bound."""
