"""Business verbs of accounts."""
