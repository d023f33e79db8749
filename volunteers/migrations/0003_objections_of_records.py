"""Hours of every record can be objected to; a certificate says when its names are erased."""

from django.db import migrations, models

import common.fields


class Migration(migrations.Migration):
    dependencies = [
        ("volunteers", "0002_ledger_guards"),
    ]

    operations = [
        migrations.AddField(
            model_name="servicerecord",
            name="objected_at",
            field=models.DateTimeField(null=True, verbose_name="提出异议的时间"),
        ),
        migrations.AddField(
            model_name="servicerecord",
            name="objection",
            field=models.CharField(blank=True, db_default="", default="", max_length=200, verbose_name="本人的异议"),
        ),
        migrations.AddField(
            model_name="servicerecord",
            name="objection_answer",
            field=models.CharField(blank=True, db_default="", default="", max_length=200, verbose_name="异议的答复"),
        ),
        migrations.AlterField(
            model_name="certificate",
            name="id_number",
            field=common.fields.EncryptedTextField(
                blank=True,
                default="",
                purpose="志愿服务证明的身份信息",
                retention="长期（证明存根），本人注销时清除",
                verbose_name="身份证号",
            ),
        ),
        migrations.AlterField(
            model_name="certificate",
            name="name",
            field=common.fields.EncryptedTextField(
                purpose="志愿服务证明的身份信息", retention="长期（证明存根），本人注销时清除", verbose_name="姓名"
            ),
        ),
    ]
