"""What a signature stands for: proof of time, chain, indication (EN 319 102-1)."""
