"""Community workers through the API."""
