"""Whoever gets the first wage of a tax year in the middle of it, as declared (公告2020年第13号)."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("staff", "0006_growth")]

    operations = [
        migrations.CreateModel(
            name="FirstWage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.PositiveSmallIntegerField(verbose_name="纳税年度")),
                ("declared_on", models.DateField(verbose_name="申报日期")),
                (
                    "worker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="first_wages", to="staff.worker"
                    ),
                ),
            ],
            options={
                "verbose_name": "首次取得工资申报",
                "ordering": ["worker", "-year"],
                "constraints": [models.UniqueConstraint(fields=("worker", "year"), name="first_wage_once")],
            },
        ),
    ]
