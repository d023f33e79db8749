"""Pages of a volunteer, one module per field of work."""
