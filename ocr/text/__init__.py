"""The words of files without pages, and of what lies in other files."""
