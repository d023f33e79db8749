"""OR of conditions on rows."""

from __future__ import annotations

from django.db.models import Q

from common.scope import any_of, match_nothing


def test_any_of_conditions():
    assert any_of([]) == match_nothing()
    assert any_of([Q(a=1), Q(b=2)]) == Q(a=1) | Q(b=2)


def test_a_part_that_keeps_everything_keeps_everything():
    """``Q() | Q(b=2)`` is ``Q(b=2)`` to Django: whoever sees the whole district saw only their own."""
    assert any_of([Q(), Q(b=2)]) == Q()
    assert any_of([Q(b=2), Q()]) == Q()
