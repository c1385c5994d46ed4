"""The port to recognition, its engines, and the models that are installed for them."""
