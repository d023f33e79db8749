"""Tables of the lists of staff."""
