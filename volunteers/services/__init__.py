"""Business verbs of volunteer service, one module per field of work."""
