"""Holidays and make-up workdays of all published years; later years are entered by an administrator."""

from django.db import migrations

from common.calendar.seed import statutory_days


def fill(apps, schema_editor):
    holiday = apps.get_model("common", "Holiday")
    holiday.objects.bulk_create(
        [
            holiday(date=day.date, is_workday=day.is_workday, name=day.name, source=day.source)
            for day in statutory_days()
        ],
        ignore_conflicts=True,
    )


class Migration(migrations.Migration):
    dependencies = [("common", "0003_events_are_append_only")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
