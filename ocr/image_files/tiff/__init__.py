"""TIFF files: directories, layouts of samples, decoding, and what can be saved of damaged ones."""
