"""The commands: one file a command, in sub-rooms by whom they serve."""
