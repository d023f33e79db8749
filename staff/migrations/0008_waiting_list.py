"""Places of trainings have a waiting list: a state, and since when somebody waits."""

from django.db import migrations, models
from django.db.models import Q

STATES = [
    ("joined", "已报名"), ("waiting", "候补"), ("present", "已签到"), ("absent", "未到"), ("withdrawn", "已退出"),
]  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("staff", "0007_first_wage")]

    operations = [
        migrations.AddField(
            model_name="enrolment", name="queued_at", field=models.DateTimeField(null=True, verbose_name="候补时间")
        ),
        migrations.AlterField(
            model_name="enrolment",
            name="state",
            field=models.CharField(choices=STATES, default="joined", max_length=10, verbose_name="状态"),
        ),
        migrations.RemoveConstraint(model_name="enrolment", name="enrolment_state"),
        migrations.AddConstraint(
            model_name="enrolment",
            constraint=models.CheckConstraint(
                condition=Q(state__in=[value for value, _ in STATES]), name="enrolment_state"
            ),
        ),
        migrations.AddConstraint(
            model_name="enrolment",
            constraint=models.CheckConstraint(
                condition=Q(state="waiting", queued_at__isnull=False) | (~Q(state="waiting") & Q(queued_at=None)),
                name="enrolment_waits",
            ),
        ),
    ]
