"""REST API of the hierarchy."""
