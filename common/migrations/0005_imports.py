"""Uploaded files and the rows they brought in."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.fields


class Migration(migrations.Migration):
    dependencies = [
        ("common", "0004_known_holidays"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ImportBatch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("spec", models.CharField(max_length=60, verbose_name="导入内容")),
                ("file", models.CharField(max_length=255)),
                ("original_name", models.CharField(max_length=200, verbose_name="文件名")),
                ("sha256", models.CharField(max_length=64)),
                ("size", models.PositiveIntegerField(verbose_name="大小")),
                ("head", models.JSONField(default=list)),
                (
                    "sample_text",
                    common.fields.EncryptedTextField(
                        blank=True,
                        default="",
                        place="import.sample",
                        purpose="核对文件的列",
                        retention="导入完成即删除",
                        verbose_name="前几行",
                    ),
                ),
                ("mapping", models.JSONField(default=dict)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("uploaded", "待核对列"),
                            ("checking", "正在检查"),
                            ("checked", "待确认"),
                            ("committing", "正在导入"),
                            ("committed", "已导入"),
                            ("undoing", "正在撤销"),
                            ("undone", "已撤销"),
                            ("failed", "未完成"),
                        ],
                        default="uploaded",
                        max_length=12,
                        verbose_name="状态",
                    ),
                ),
                ("total", models.PositiveIntegerField(default=0, verbose_name="总行数")),
                ("valid", models.PositiveIntegerField(default=0, verbose_name="可导入")),
                ("rejected", models.PositiveIntegerField(default=0, verbose_name="有误")),
                ("duplicate", models.PositiveIntegerField(default=0, verbose_name="重复")),
                (
                    "errors_text",
                    common.fields.EncryptedTextField(
                        blank=True,
                        default="",
                        place="import.errors",
                        purpose="说明哪些内容有误",
                        retention="上传后三十日",
                        verbose_name="错误",
                    ),
                ),
                ("summary", models.JSONField(default=list)),
                ("rejected_file", models.CharField(blank=True, default="", max_length=255)),
                ("message", models.TextField(blank=True, default="", verbose_name="说明")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="上传时间")),
                ("committed_at", models.DateTimeField(null=True, verbose_name="导入时间")),
                ("undone_at", models.DateTimeField(null=True, verbose_name="撤销时间")),
                (
                    "actor",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="导入人",
                    ),
                ),
                (
                    "job",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="common.job",
                    ),
                ),
            ],
            options={
                "verbose_name": "导入批次",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="ImportedRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("spec", models.CharField(max_length=60)),
                ("key", models.BinaryField()),
                ("object_id", models.BigIntegerField(null=True)),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="rows", to="common.importbatch"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="importbatch",
            index=models.Index(fields=["actor", "-id"], name="import_batch_actor"),
        ),
        migrations.AddIndex(
            model_name="importbatch",
            index=models.Index(fields=["sha256"], name="import_batch_sha256"),
        ),
        migrations.AddIndex(
            model_name="importbatch",
            index=models.Index(
                condition=models.Q(("file", ""), _negated=True), fields=["created_at"], name="import_batch_files"
            ),
        ),
        migrations.AddConstraint(
            model_name="importbatch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "status__in",
                        ["uploaded", "checking", "checked", "committing", "committed", "undoing", "undone", "failed"],
                    )
                ),
                name="import_batch_status",
            ),
        ),
        migrations.AddConstraint(
            model_name="importedrow",
            constraint=models.UniqueConstraint(fields=("spec", "key"), name="imported_row_once"),
        ),
    ]
