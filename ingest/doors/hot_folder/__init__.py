"""Hot folders: when a file is complete, how it is claimed, and when its source is let go of."""
