"""A question as it is typed: parsed into a tree, and said in German."""
