"""The foundation: settings, error root, logging, isolated children. Imports nothing of ours."""
