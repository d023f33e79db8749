"""Exports and reports of volunteer service, one module per field of work: imported for what they register."""

from volunteers.exports import activities, honours, orders, partners, people, points, settlement, shop  # noqa: F401
