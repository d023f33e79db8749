"""Running numbers without gaps; the attempts at public pages now belong to the kit (their table stays)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("common", "0005_imports"),
    ]

    operations = [
        migrations.CreateModel(
            name="NumberSeries",
            fields=[
                ("key", models.CharField(max_length=60, primary_key=True, serialize=False)),
                ("last", models.PositiveBigIntegerField(default=0)),
            ],
            options={"verbose_name": "编号"},
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="PublicAttempt",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("purpose", models.CharField(max_length=20)),
                        ("source", models.BinaryField()),
                        ("at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "petitions_publicattempt",
                        "indexes": [
                            models.Index(fields=["purpose", "source", "at"], name="public_attempt"),
                            models.Index(fields=["at"], name="public_attempt_at"),
                        ],
                    },
                ),
            ],
        ),
    ]
