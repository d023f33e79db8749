"""The home page: what waits, and the figures of one's own area, by role."""

from reports.home.sections import Section, sections_for

__all__ = ["Section", "sections_for"]
