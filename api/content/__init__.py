"""A document's content for a reader: opened, shown as pictures, handed out, its reports."""
