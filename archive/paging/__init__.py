"""What all lists share: where the next page begins, and lists merged within a reader's reach."""
