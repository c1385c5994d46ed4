"""Items and their documents, from first custody to the recorded end state."""
