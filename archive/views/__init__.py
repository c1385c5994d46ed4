"""What a reader may see, put together for the faces: the right first, then one reading."""
