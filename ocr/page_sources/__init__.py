"""Pages of a file as pictures to read: the port, PDF pages, image pages, pictures for people."""
