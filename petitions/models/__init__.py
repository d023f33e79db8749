"""The ticket and what hangs on it."""

from petitions.models.assignment import Assignment
from petitions.models.attachment import Attachment
from petitions.models.category import Category
from petitions.models.clocks import Clock, SupervisionCard
from petitions.models.petitioner import Contact, Petitioner
from petitions.models.search import CjkBigram, SearchText
from petitions.models.ticket import MAX_TEXT, Petition

__all__ = [
    "MAX_TEXT",
    "Assignment",
    "Attachment",
    "Category",
    "CjkBigram",
    "Clock",
    "Contact",
    "Petition",
    "Petitioner",
    "SearchText",
    "SupervisionCard",
]
