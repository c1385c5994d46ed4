"""What is suggested for a document: title, sender, dates, file; people correct it."""
