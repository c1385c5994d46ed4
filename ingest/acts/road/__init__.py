"""Acts on what is on the road: bringing in, settling what is held, checking again."""
