"""The attempts at public pages belong to the kit now; their table stays where it is."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("petitions", "0004_indexes_of_worklists"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel(name="PublicAttempt")]),
    ]
