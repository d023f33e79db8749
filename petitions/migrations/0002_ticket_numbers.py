"""The running number of tickets. A sequence hands numbers to any number of processes without a lock."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("petitions", "0001_initial")]
    operations = [
        migrations.RunSQL("CREATE SEQUENCE petition_number CACHE 1", "DROP SEQUENCE petition_number"),
    ]
