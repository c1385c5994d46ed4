"""The web pages: server-rendered, usable without scripts, live where scripts may run."""
