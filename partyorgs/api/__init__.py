"""REST API of party organisations."""
