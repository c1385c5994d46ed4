"""All faces to the outside: HTTP API, web pages, command line. wiring.py builds everything."""
