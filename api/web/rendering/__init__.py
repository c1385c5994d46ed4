"""How a page is made: templates, frame, forms, labels, and events in sentences."""
