"""Starts what the product needs on one machine: PostgreSQL, a broker, web, worker and beat.

Standard library only: it runs before Django's settings can be read. ``python -m config.local --help``.
"""
