"""Forecasts of pay; funds of communities, whose booked entries the database itself keeps as they are (domain §6)."""

import uuid

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

CREATE = """
CREATE FUNCTION staff_fundentry_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'an entry of a fund is kept' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF (OLD.account_id, OLD.other_id, OLD.budget_id, OLD.kind, OLD.amount, OLD.day, OLD.payee, OLD.use, OLD.voucher,
        OLD.reverses_id, OLD.state, OLD.entered_by_id, OLD.decided_by_id)
       IS DISTINCT FROM
       (NEW.account_id, NEW.other_id, NEW.budget_id, NEW.kind, NEW.amount, NEW.day, NEW.payee, NEW.use, NEW.voucher,
        NEW.reverses_id, NEW.state, NEW.entered_by_id, NEW.decided_by_id) THEN
        RAISE EXCEPTION 'a booked entry of a fund never changes' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER staff_fundentry_frozen BEFORE UPDATE ON staff_fundentry FOR EACH ROW
WHEN (OLD.state = 'approved') EXECUTE FUNCTION staff_fundentry_kept();
CREATE TRIGGER staff_fundentry_kept BEFORE DELETE ON staff_fundentry FOR EACH ROW
EXECUTE FUNCTION staff_fundentry_kept();
"""
DROP = """
DROP TRIGGER staff_fundentry_kept ON staff_fundentry;
DROP TRIGGER staff_fundentry_frozen ON staff_fundentry;
DROP FUNCTION staff_fundentry_kept();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("grid", "0001_initial"),
        ("staff", "0003_roster_residents"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Forecast",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("stream", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("event_seq", models.PositiveIntegerField(default=0, editable=False)),
                ("event_head", models.BinaryField(default=b"")),
                ("first_month", models.DateField(verbose_name="起始月份")),
                ("months", models.PositiveSmallIntegerField(default=36, verbose_name="月数")),
                ("renewals", models.BooleanField(default=True, verbose_name="证书到期视为续登")),
                ("old_label", models.CharField(max_length=40, verbose_name="现行方案")),
                ("new_label", models.CharField(blank=True, default="", max_length=60, verbose_name="比较的方案")),
                ("scheme", models.JSONField(null=True)),
                ("since", models.DateField(null=True, verbose_name="新方案起始月份")),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "测算中"), ("ready", "已完成")],
                        default="waiting",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("people", models.PositiveIntegerField(default=0, verbose_name="首月人数")),
                ("total", models.DecimalField(decimal_places=2, default=0, max_digits=14, verbose_name="现行方案合计")),
                (
                    "new_total",
                    models.DecimalField(decimal_places=2, max_digits=14, null=True, verbose_name="新方案合计"),
                ),
                ("assumed", models.JSONField(default=list)),
                ("left_out", models.JSONField(default=list)),
                ("asked_at", models.DateTimeField(verbose_name="发起时间")),
                ("ready_at", models.DateTimeField(null=True, verbose_name="完成时间")),
                ("request_key", models.UUIDField(editable=False, null=True, unique=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="发起人",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pay_forecasts",
                        to="grid.unit",
                        verbose_name="测算范围",
                    ),
                ),
            ],
            options={
                "verbose_name": "经费测算",
                "ordering": ["-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["waiting", "ready"])), name="forecast_state"
                    ),
                    models.CheckConstraint(condition=models.Q(("first_month__day", 1)), name="forecast_month"),
                    models.CheckConstraint(
                        condition=models.Q(("months__gte", 1), ("months__lte", 60)), name="forecast_months"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("scheme__isnull", True), ("since", None)),
                            models.Q(("scheme__isnull", False), ("since__isnull", False)),
                            _connector="OR",
                        ),
                        name="forecast_scheme",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ForecastRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.DateField(verbose_name="月份")),
                ("new", models.BooleanField(verbose_name="新方案")),
                ("people", models.PositiveIntegerField(verbose_name="人数")),
                ("pay", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="工资")),
                ("bonus", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="年终")),
                ("insurance", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="单位社保")),
                ("fund", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="单位公积金")),
                (
                    "forecast",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="rows", to="staff.forecast"
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="grid.unit"),
                ),
            ],
            options={
                "verbose_name": "测算结果",
                "ordering": ["forecast", "unit__path", "month", "new"],
                "constraints": [
                    models.UniqueConstraint(fields=("forecast", "unit", "month", "new"), name="forecast_row_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="FundAccount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("fund", models.CharField(max_length=30, verbose_name="经费代码")),
                ("label", models.CharField(max_length=40, verbose_name="经费")),
                ("year", models.PositiveSmallIntegerField(verbose_name="年度")),
                ("received", models.DecimalField(decimal_places=2, default=0, max_digits=14, verbose_name="经费")),
                ("given", models.DecimalField(decimal_places=2, default=0, max_digits=14, verbose_name="下达下级")),
                ("spent", models.DecimalField(decimal_places=2, default=0, max_digits=14, verbose_name="支出")),
                ("carried", models.DecimalField(decimal_places=2, default=0, max_digits=14, verbose_name="年末转出")),
                ("balance", models.DecimalField(decimal_places=2, default=0, max_digits=14, verbose_name="余额")),
                ("is_closed", models.BooleanField(default=False, verbose_name="已结转")),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="fund_accounts",
                        to="grid.unit",
                        verbose_name="单位",
                    ),
                ),
            ],
            options={
                "verbose_name": "经费账",
                "ordering": ["-year", "unit__path", "fund"],
                "indexes": [models.Index(fields=["year", "fund", "unit"], name="fund_account_year")],
                "constraints": [
                    models.UniqueConstraint(fields=("unit", "fund", "year"), name="fund_account_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "balance",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("received"), "-", models.F("given")
                                        ),
                                        "-",
                                        models.F("spent"),
                                    ),
                                    "-",
                                    models.F("carried"),
                                ),
                            ),
                            ("balance__gte", 0),
                        ),
                        name="fund_account_balance",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("carried__gte", 0), ("given__gte", 0), ("spent__gte", 0)),
                        name="fund_account_spent",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FundBudget",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("stream", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("event_seq", models.PositiveIntegerField(default=0, editable=False)),
                ("event_head", models.BinaryField(default=b"")),
                ("fund", models.CharField(max_length=30, verbose_name="经费代码")),
                ("label", models.CharField(max_length=40, verbose_name="经费")),
                ("year", models.PositiveSmallIntegerField(verbose_name="年度")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="预算金额")),
                ("each", models.DecimalField(decimal_places=2, default=0, max_digits=14, verbose_name="每个社区下达")),
                ("note", models.CharField(max_length=120, verbose_name="依据")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "待审批"),
                            ("approved", "已入账"),
                            ("refused", "未通过"),
                            ("withdrawn", "已撤回"),
                        ],
                        default="proposed",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("entered_at", models.DateTimeField(verbose_name="编报时间")),
                ("request_key", models.UUIDField(editable=False, null=True, unique=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="审批人",
                    ),
                ),
                (
                    "entered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="编报人",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="fund_budgets",
                        to="grid.unit",
                        verbose_name="单位",
                    ),
                ),
            ],
            options={
                "verbose_name": "经费预算",
                "ordering": ["-year", "-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["proposed", "approved", "refused", "withdrawn"])),
                        name="fund_budget_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gt", 0), ("each__gte", 0)), name="fund_budget_amount"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by", None),
                            models.Q(("decided_by", models.F("entered_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="fund_budget_two_people",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "proposed")),
                        fields=("unit", "fund", "year"),
                        name="fund_budget_one_open",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FundEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("stream", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("event_seq", models.PositiveIntegerField(default=0, editable=False)),
                ("event_head", models.BinaryField(default=b"")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("budget", "年度预算"),
                            ("allocation", "下达"),
                            ("spending", "支出"),
                            ("reversal", "冲销支出"),
                            ("carried", "结转下年"),
                            ("returned", "收回区级"),
                            ("merged", "单位合并转入"),
                        ],
                        max_length=10,
                        verbose_name="类型",
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="金额")),
                ("day", models.DateField(verbose_name="日期")),
                ("payee", models.CharField(blank=True, default="", max_length=60, verbose_name="收款单位")),
                ("use", models.CharField(blank=True, default="", max_length=20, verbose_name="用途")),
                ("voucher", models.CharField(blank=True, default="", max_length=30, verbose_name="凭证号")),
                ("note", models.CharField(blank=True, default="", max_length=120, verbose_name="说明")),
                ("is_reversed", models.BooleanField(default=False, verbose_name="已冲销")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "待审批"),
                            ("approved", "已入账"),
                            ("refused", "未通过"),
                            ("withdrawn", "已撤回"),
                        ],
                        default="proposed",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("entered_at", models.DateTimeField(verbose_name="登记时间")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="审批时间")),
                ("request_key", models.UUIDField(editable=False, null=True, unique=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="staff.fundaccount",
                        verbose_name="经费账",
                    ),
                ),
                (
                    "budget",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="staff.fundbudget",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="审批人",
                    ),
                ),
                (
                    "entered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="经办人",
                    ),
                ),
                (
                    "other",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="incoming",
                        to="staff.fundaccount",
                        verbose_name="转入",
                    ),
                ),
                (
                    "reverses",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reversals",
                        to="staff.fundentry",
                    ),
                ),
            ],
            options={
                "verbose_name": "经费收支",
                "ordering": ["-day", "-id"],
                "indexes": [
                    models.Index(
                        models.OrderBy(models.F("day"), descending=True),
                        models.OrderBy(models.F("id"), descending=True),
                        name="fund_entry_day",
                    ),
                    models.Index(condition=models.Q(("state", "proposed")), fields=["account"], name="fund_entry_open"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                ["budget", "allocation", "spending", "reversal", "carried", "returned", "merged"],
                            )
                        ),
                        name="fund_entry_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["proposed", "approved", "refused", "withdrawn"])),
                        name="fund_entry_state",
                    ),
                    models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="fund_entry_amount"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by", None),
                            models.Q(("decided_by", models.F("entered_by")), _negated=True),
                            ("kind__in", ("carried", "returned", "merged")),
                            _connector="OR",
                        ),
                        name="fund_entry_two_people",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "spending"), _negated=True),
                            models.Q(
                                models.Q(("payee", ""), _negated=True),
                                models.Q(("use", ""), _negated=True),
                                models.Q(("voucher", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="fund_entry_spending",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "reversal"), ("reverses__isnull", False)),
                            models.Q(models.Q(("kind", "reversal"), _negated=True), ("reverses", None)),
                            _connector="OR",
                        ),
                        name="fund_entry_reversal",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("kind__in", ("allocation", "carried", "returned", "merged")), ("other__isnull", False)
                            ),
                            models.Q(
                                models.Q(("kind__in", ("allocation", "carried", "returned", "merged")), _negated=True),
                                ("other", None),
                            ),
                            _connector="OR",
                        ),
                        name="fund_entry_other",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["proposed", "approved"])),
                        fields=("reverses",),
                        name="fund_entry_reversed_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("is_reversed", False), ("kind", "spending"), ("state__in", ["proposed", "approved"])
                        ),
                        fields=("account", "voucher"),
                        name="fund_entry_voucher",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("kind__in", ("carried", "returned", "merged"))),
                        fields=("account", "kind"),
                        name="fund_entry_year_end_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FundVoucher",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("file", models.CharField(max_length=200)),
                ("name", models.CharField(max_length=120, verbose_name="文件名")),
                ("content_type", models.CharField(max_length=100)),
                ("size", models.PositiveIntegerField(verbose_name="大小")),
                ("sha256", models.CharField(max_length=64)),
                ("uploaded_at", models.DateTimeField(auto_now_add=True, verbose_name="上传时间")),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="vouchers", to="staff.fundentry"
                    ),
                ),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="上传人",
                    ),
                ),
            ],
            options={
                "verbose_name": "凭证附件",
                "ordering": ["id"],
            },
        ),
        migrations.RunSQL(CREATE, DROP),
    ]
