"""Filters of the lists of staff."""
