"""Statistics after much was written at once."""

from __future__ import annotations

from django.db import connection

from common.copying import analyze
from grid.models import Unit


def counted() -> dict[str, float]:
    """Rows of each table as the planner knows them; below zero: never counted."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, reltuples FROM pg_class WHERE relname IN ('grid_unit', 'volunteers_order')")
        return dict(cursor.fetchall())


def test_tables_with_rows_are_counted_and_empty_ones_left_alone(tree):
    before = counted()
    analyze("grid", "volunteers")
    assert counted() == {**before, "grid_unit": Unit.objects.count()}
