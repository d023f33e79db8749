"""Who stands in which relation to a row, and last looks before an action; one module per field of work."""
