"""Pages of the hierarchy."""
