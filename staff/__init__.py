"""Community workers: roster, pay schemes and grades, monthly pay, their own page (domain §6)."""
