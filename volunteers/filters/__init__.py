"""One module per field of work."""
