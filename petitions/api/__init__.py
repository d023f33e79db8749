"""REST API of tickets: the same services, scope and filters as the pages."""
