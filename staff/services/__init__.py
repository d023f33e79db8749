"""Business verbs of the roster, of grades and of pay."""
