"""Appraisal reckoned without a database: schemes, points, levels, ranks (domain §6, issue 4 part 6)."""
