"""What can be said of a signature: the values of a report, the table that decides, German words."""
