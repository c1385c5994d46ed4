"""A PDF as viewers show it: opened with a plain page tree, annotations drawn, own text read."""
