"""Every form of signature by its own reader; what all readers hand over is alike."""
