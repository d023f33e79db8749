"""Volunteers, activities, service orders, the points ledger and what points buy (志愿服务条例; domain §5)."""
