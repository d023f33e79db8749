"""REST API of volunteer service."""
