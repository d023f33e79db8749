"""Published secrets of the demo and the tests. Production refuses to start with any of them."""

SECRET_KEY = "demo-only-secret-key-that-production-refuses-to-start-with"
PERSONAL_KEYS = {"demo": b"demo-only-key-of-personal-fields"}
SEAL_KEY = b"demo-only-key-that-seals-history"
