"""Pages of community workers."""
