"""What the search index of tickets is made of."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Func


class CjkBigram(Func):
    """The immutable SQL function that splits Chinese text for the search index (first migration of common)."""

    function = "cjk_bigram"
    output_field = ArrayField(models.TextField())


class SearchText(Func):
    """Columns joined by spaces: the text that is searched. The index uses the same expression."""

    template = "(%(expressions)s)"
    arg_joiner = " || ' ' || "
    output_field = models.TextField()
