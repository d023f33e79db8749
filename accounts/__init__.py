"""People who sign in: users, role assignments, sign-in, audit, messages."""
