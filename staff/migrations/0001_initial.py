"""Tables of community workers, their grades and their pay."""

import uuid

import django.contrib.postgres.constraints
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("common", "0006_series_and_attempts"),
        ("grid", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PayRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("stream", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("event_seq", models.PositiveIntegerField(default=0, editable=False)),
                ("event_head", models.BinaryField(default=b"")),
                ("month", models.DateField(verbose_name="月份")),
                (
                    "period",
                    models.CharField(
                        choices=[("month", "月工资"), ("bonus", "年终奖（第 13 期）")],
                        default="month",
                        max_length=6,
                        verbose_name="类型",
                    ),
                ),
                (
                    "bonus_tax",
                    models.CharField(
                        choices=[("apart", "单独计税"), ("together", "并入当年综合所得")],
                        default="apart",
                        max_length=8,
                        verbose_name="年终奖计税",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "待核算"),
                            ("calculated", "已核算"),
                            ("checked", "已复核"),
                            ("approved", "已审批"),
                            ("paid", "已发放"),
                            ("archived", "已归档"),
                        ],
                        default="draft",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("rules", models.JSONField(default=dict, verbose_name="规则版本")),
                ("people", models.PositiveIntegerField(default=0, verbose_name="人数")),
                ("gross", models.DecimalField(decimal_places=2, default=0, max_digits=14, verbose_name="应发合计")),
                (
                    "insurance",
                    models.DecimalField(decimal_places=2, default=0, max_digits=14, verbose_name="个人五险一金"),
                ),
                ("tax", models.DecimalField(decimal_places=2, default=0, max_digits=14, verbose_name="个人所得税")),
                ("net", models.DecimalField(decimal_places=2, default=0, max_digits=14, verbose_name="实发合计")),
                ("employer", models.DecimalField(decimal_places=2, default=0, max_digits=14, verbose_name="单位成本")),
                ("left_out", models.JSONField(default=list, verbose_name="没有算出工资的人")),
                ("digest", models.BinaryField(null=True)),
                ("calculated_at", models.DateTimeField(null=True, verbose_name="核算时间")),
                ("approved_at", models.DateTimeField(null=True, verbose_name="审批时间")),
                ("paid_on", models.DateField(null=True, verbose_name="发放日期")),
                (
                    "approved_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="审批人",
                    ),
                ),
                (
                    "calculated_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="核算人",
                    ),
                ),
                (
                    "checked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="复核人",
                    ),
                ),
                (
                    "paid_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="发放人",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pay_runs",
                        to="grid.unit",
                        verbose_name="单位",
                    ),
                ),
            ],
            options={
                "verbose_name": "工资表",
                "ordering": ["-month", "-id"],
                "indexes": [
                    models.Index(
                        models.OrderBy(models.F("month"), descending=True),
                        models.OrderBy(models.F("id"), descending=True),
                        name="pay_run_month_id",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["draft", "calculated", "checked", "approved", "paid", "archived"])
                        ),
                        name="pay_run_state",
                    ),
                    models.CheckConstraint(condition=models.Q(("month__day", 1)), name="pay_run_month"),
                    models.UniqueConstraint(fields=("unit", "month", "period"), name="pay_run_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("checked_by", None),
                                models.Q(("checked_by", models.F("calculated_by")), _negated=True),
                                _connector="OR",
                            ),
                            models.Q(
                                ("approved_by", None),
                                models.Q(
                                    models.Q(("approved_by", models.F("checked_by")), _negated=True),
                                    models.Q(("approved_by", models.F("calculated_by")), _negated=True),
                                ),
                                _connector="OR",
                            ),
                            models.Q(
                                ("paid_by", None),
                                models.Q(("paid_by", models.F("approved_by")), _negated=True),
                                _connector="OR",
                            ),
                        ),
                        name="pay_run_different_people",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Worker",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("stream", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("event_seq", models.PositiveIntegerField(default=0, editable=False)),
                ("event_head", models.BinaryField(default=b"")),
                ("number", models.CharField(max_length=20, unique=True, verbose_name="工号")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("committee", "社区两委成员"),
                            ("post", "社工岗"),
                            ("specialist", "治理专干"),
                            ("part_time", "兼职"),
                        ],
                        default="post",
                        max_length=12,
                        verbose_name="用工类别",
                    ),
                ),
                (
                    "rank",
                    models.CharField(
                        choices=[
                            ("both_heads", "书记、主任一肩挑"),
                            ("head", "正职（书记或主任）"),
                            ("deputy", "副职"),
                            ("member", "两委委员"),
                            ("specialist", "治理专干"),
                            ("worker", "工作人员"),
                            ("part_time", "兼职人员"),
                        ],
                        default="worker",
                        max_length=12,
                        verbose_name="职务",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("active", "在岗"), ("left", "已离岗")],
                        default="active",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                (
                    "education",
                    models.CharField(
                        choices=[
                            ("school", "高中及以下"),
                            ("college", "大专"),
                            ("bachelor", "本科"),
                            ("master", "硕士"),
                            ("doctor", "博士"),
                        ],
                        default="college",
                        max_length=10,
                        verbose_name="学历",
                    ),
                ),
                (
                    "party_role",
                    models.CharField(
                        choices=[
                            ("none", "群众"),
                            ("member", "党员"),
                            ("branch_secretary", "支部书记"),
                            ("secretary", "社区党组织书记"),
                        ],
                        default="none",
                        max_length=20,
                        verbose_name="党内职务",
                    ),
                ),
                ("entered_on", models.DateField(verbose_name="入职日期")),
                ("community_since", models.DateField(verbose_name="从事社区工作起始日")),
                ("newcomer", models.BooleanField(default=False, verbose_name="无社区工作经验")),
                ("probation_until", models.DateField(blank=True, null=True, verbose_name="试用期至")),
                ("filed_on", models.DateField(blank=True, null=True, verbose_name="县级备案日期")),
                ("left_on", models.DateField(blank=True, null=True, verbose_name="离岗日期")),
                ("request_key", models.UUIDField(editable=False, null=True, unique=True)),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="workers",
                        to="grid.unit",
                        verbose_name="所属单位",
                    ),
                ),
                (
                    "user",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="worker",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="工作账号",
                    ),
                ),
            ],
            options={
                "verbose_name": "社区工作者",
                "ordering": ["number"],
                "indexes": [models.Index(fields=["unit", "number"], name="worker_unit")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("state__in", ["active", "left"])), name="worker_state"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("left_on", None), ("state", "active")),
                            models.Q(("left_on__gte", models.F("entered_on")), ("state", "left")),
                            _connector="OR",
                        ),
                        name="worker_left",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("community_since__lte", models.F("entered_on"))), name="worker_days"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StandIn",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("valid_from", models.DateField(verbose_name="起始日期")),
                ("valid_to", models.DateField(blank=True, null=True, verbose_name="截止日期")),
                (
                    "stand_in",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="stands_in_for", to="staff.worker"
                    ),
                ),
                (
                    "worker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="stand_ins", to="staff.worker"
                    ),
                ),
            ],
            options={
                "verbose_name": "AB 岗",
                "ordering": ["worker", "-valid_from"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("worker", models.F("stand_in")), _negated=True),
                        name="stand_in_somebody_else",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("valid_to", None)), fields=("worker",), name="stand_in_one"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StaffPost",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "rank",
                    models.CharField(
                        choices=[
                            ("both_heads", "书记、主任一肩挑"),
                            ("head", "正职（书记或主任）"),
                            ("deputy", "副职"),
                            ("member", "两委委员"),
                            ("specialist", "治理专干"),
                            ("worker", "工作人员"),
                            ("part_time", "兼职人员"),
                        ],
                        max_length=12,
                        verbose_name="职务",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("main", "任职"), ("seconded", "下沉、借调")],
                        default="main",
                        max_length=10,
                        verbose_name="方式",
                    ),
                ),
                ("valid_from", models.DateField(verbose_name="任职日期")),
                ("valid_to", models.DateField(blank=True, null=True, verbose_name="离任日期")),
                ("note", models.CharField(blank=True, default="", max_length=120, verbose_name="说明")),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="staff_posts",
                        to="grid.unit",
                        verbose_name="单位",
                    ),
                ),
                (
                    "worker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="posts", to="staff.worker"
                    ),
                ),
            ],
            options={
                "verbose_name": "任职",
                "ordering": ["-valid_from", "-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_to", None), ("valid_to__gt", models.F("valid_from")), _connector="OR"
                        ),
                        name="staff_post_days",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[
                            ("worker", "="),
                            ("kind", "="),
                            (
                                models.Func(
                                    models.F("valid_from"),
                                    models.F("valid_to"),
                                    models.Value("[)"),
                                    function="daterange",
                                ),
                                "&&",
                            ),
                        ],
                        name="staff_post_one_at_a_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SpecialDeduction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("children", "子女教育"),
                            ("infant", "婴幼儿照护"),
                            ("elders", "赡养老人"),
                            ("mortgage", "住房贷款利息"),
                            ("rent", "住房租金"),
                            ("study", "继续教育"),
                        ],
                        max_length=10,
                        verbose_name="项目",
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="每月金额")),
                ("valid_from", models.DateField(verbose_name="起始月份")),
                (
                    "valid_to",
                    models.DateField(blank=True, help_text="这个月起不再扣除", null=True, verbose_name="截止月份"),
                ),
                (
                    "worker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="special_deductions",
                        to="staff.worker",
                    ),
                ),
            ],
            options={
                "verbose_name": "专项附加扣除",
                "ordering": ["worker", "kind"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="special_deduction_positive"),
                    models.UniqueConstraint(
                        condition=models.Q(("valid_to", None)), fields=("worker", "kind"), name="special_deduction_once"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Slip",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.DateField(verbose_name="月份")),
                (
                    "period",
                    models.CharField(
                        choices=[("month", "月工资"), ("bonus", "年终奖（第 13 期）")],
                        max_length=6,
                        verbose_name="类型",
                    ),
                ),
                (
                    "rank",
                    models.CharField(
                        choices=[
                            ("both_heads", "书记、主任一肩挑"),
                            ("head", "正职（书记或主任）"),
                            ("deputy", "副职"),
                            ("member", "两委委员"),
                            ("specialist", "治理专干"),
                            ("worker", "工作人员"),
                            ("part_time", "兼职人员"),
                        ],
                        max_length=12,
                        verbose_name="职务",
                    ),
                ),
                ("grade", models.PositiveSmallIntegerField(verbose_name="等级")),
                ("gross", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="应发")),
                ("insurance", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="个人五险一金")),
                ("special", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="专项附加扣除")),
                ("tax", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="个人所得税")),
                ("net", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="实发")),
                ("employer", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="单位成本")),
                ("lines", models.JSONField()),
                ("contributions", models.JSONField()),
                ("facts", models.JSONField()),
                ("year", models.JSONField()),
                ("held", models.JSONField(default=dict)),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="slips", to="staff.payrun"
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="grid.unit"),
                ),
                (
                    "worker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="slips", to="staff.worker"
                    ),
                ),
            ],
            options={
                "verbose_name": "工资条",
                "ordering": ["run", "id"],
                "indexes": [models.Index(fields=["run", "id"], name="slip_run")],
                "constraints": [models.UniqueConstraint(fields=("worker", "month", "period"), name="slip_once")],
            },
        ),
        migrations.CreateModel(
            name="PostReserve",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "rank",
                    models.CharField(
                        choices=[
                            ("both_heads", "书记、主任一肩挑"),
                            ("head", "正职（书记或主任）"),
                            ("deputy", "副职"),
                            ("member", "两委委员"),
                            ("specialist", "治理专干"),
                            ("worker", "工作人员"),
                            ("part_time", "兼职人员"),
                        ],
                        max_length=12,
                        verbose_name="职务",
                    ),
                ),
                (
                    "place",
                    models.PositiveSmallIntegerField(choices=[(1, "第一备选"), (2, "第二备选")], verbose_name="顺序"),
                ),
                ("valid_from", models.DateField(verbose_name="起始日期")),
                ("valid_to", models.DateField(blank=True, null=True, verbose_name="截止日期")),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="post_reserves", to="grid.unit"
                    ),
                ),
                (
                    "worker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="reserved_for", to="staff.worker"
                    ),
                ),
            ],
            options={
                "verbose_name": "岗位备选",
                "ordering": ["unit__path", "rank", "place"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("valid_to", None)),
                        fields=("unit", "rank", "place"),
                        name="post_reserve_place",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("valid_to", None)),
                        fields=("unit", "rank", "worker"),
                        name="post_reserve_person",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PerformanceFactor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("valid_from", models.DateField(verbose_name="从哪个月起")),
                ("percent", models.DecimalField(decimal_places=2, max_digits=6, verbose_name="比例（%）")),
                ("why", models.CharField(max_length=120, verbose_name="依据")),
                (
                    "worker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="performance_factors",
                        to="staff.worker",
                    ),
                ),
            ],
            options={
                "verbose_name": "绩效比例",
                "ordering": ["worker", "-valid_from"],
                "constraints": [
                    models.UniqueConstraint(fields=("worker", "valid_from"), name="performance_factor_once"),
                    models.CheckConstraint(
                        condition=models.Q(("percent__gte", 0), ("percent__lte", 300)), name="performance_factor_range"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PayChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateField(verbose_name="从哪个月起")),
                ("cause", models.CharField(max_length=120, verbose_name="原因")),
                ("noted_at", models.DateTimeField(verbose_name="登记时间")),
                (
                    "settled_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="settles",
                        to="staff.payrun",
                    ),
                ),
                (
                    "worker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="pay_changes", to="staff.worker"
                    ),
                ),
            ],
            options={
                "verbose_name": "补发补扣事项",
                "ordering": ["worker", "since"],
                "indexes": [
                    models.Index(condition=models.Q(("settled_by", None)), fields=["worker"], name="pay_change_open")
                ],
            },
        ),
        migrations.CreateModel(
            name="PayAddition",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.DateField(verbose_name="月份")),
                (
                    "period",
                    models.CharField(
                        choices=[("month", "月工资"), ("bonus", "年终奖（第 13 期）")],
                        default="month",
                        max_length=6,
                        verbose_name="类型",
                    ),
                ),
                ("label", models.CharField(max_length=20, verbose_name="名称")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="金额")),
                ("taxed", models.BooleanField(default=True, verbose_name="计税")),
                ("why", models.CharField(max_length=120, verbose_name="依据")),
                ("entered_at", models.DateTimeField(verbose_name="录入时间")),
                (
                    "entered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="录入人",
                    ),
                ),
                (
                    "worker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="pay_additions", to="staff.worker"
                    ),
                ),
            ],
            options={
                "verbose_name": "一次性项目",
                "ordering": ["-month", "worker"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount", 0), _negated=True), name="pay_addition_amount"
                    ),
                    models.UniqueConstraint(fields=("worker", "month", "period", "label"), name="pay_addition_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Leave",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("stream", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("event_seq", models.PositiveIntegerField(default=0, editable=False)),
                ("event_head", models.BinaryField(default=b"")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("annual", "年休假"),
                            ("sick", "病假"),
                            ("personal", "事假"),
                            ("marriage", "婚假"),
                            ("maternity", "产假"),
                            ("bereavement", "丧假"),
                            ("injury", "工伤假"),
                            ("absent", "旷工"),
                        ],
                        max_length=12,
                        verbose_name="假别",
                    ),
                ),
                ("first_day", models.DateField(verbose_name="第一天")),
                ("last_day", models.DateField(verbose_name="最后一天")),
                ("half", models.BooleanField(default=False, verbose_name="半天")),
                ("reason", models.CharField(blank=True, default="", max_length=120, verbose_name="事由")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "待审批"),
                            ("approved", "已批准"),
                            ("refused", "未批准"),
                            ("cancelled", "已撤销"),
                        ],
                        default="asked",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("asked_at", models.DateTimeField(verbose_name="申请时间")),
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
                    "cover",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="covers",
                        to="staff.worker",
                        verbose_name="代班人",
                    ),
                ),
                (
                    "worker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="leaves",
                        to="staff.worker",
                        verbose_name="社区工作者",
                    ),
                ),
            ],
            options={
                "verbose_name": "请假",
                "ordering": ["-first_day", "-id"],
                "indexes": [models.Index(fields=["last_day", "first_day"], name="leave_span")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "annual",
                                    "sick",
                                    "personal",
                                    "marriage",
                                    "maternity",
                                    "bereavement",
                                    "injury",
                                    "absent",
                                ],
                            )
                        ),
                        name="leave_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["asked", "approved", "refused", "cancelled"])),
                        name="leave_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("last_day__gte", models.F("first_day"))), name="leave_days"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("half", False), ("first_day", models.F("last_day")), _connector="OR"),
                        name="leave_half",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(("state__in", ["asked", "approved"])),
                        expressions=[
                            ("worker", "="),
                            (
                                models.Func(
                                    models.F("first_day"),
                                    models.F("last_day"),
                                    models.Value("[]"),
                                    function="daterange",
                                ),
                                "&&",
                            ),
                        ],
                        name="leave_one_at_a_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="InsuranceBase",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("valid_from", models.DateField(verbose_name="从哪个月起")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="缴费基数")),
                (
                    "worker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="insurance_bases", to="staff.worker"
                    ),
                ),
            ],
            options={
                "verbose_name": "缴费基数",
                "ordering": ["worker", "-valid_from"],
                "constraints": [
                    models.UniqueConstraint(fields=("worker", "valid_from"), name="insurance_base_once"),
                    models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="insurance_base_positive"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Grade",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("grade", models.PositiveSmallIntegerField(verbose_name="等级")),
                (
                    "rank",
                    models.CharField(
                        choices=[
                            ("both_heads", "书记、主任一肩挑"),
                            ("head", "正职（书记或主任）"),
                            ("deputy", "副职"),
                            ("member", "两委委员"),
                            ("specialist", "治理专干"),
                            ("worker", "工作人员"),
                            ("part_time", "兼职人员"),
                        ],
                        max_length=12,
                        verbose_name="职务",
                    ),
                ),
                ("valid_from", models.DateField(verbose_name="起始日期")),
                ("valid_to", models.DateField(blank=True, null=True, verbose_name="截止日期")),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("initial", "入职定级"),
                            ("step", "年度晋级"),
                            ("probation", "试用期满"),
                            ("rank", "岗位变动"),
                            ("education", "取得学历"),
                            ("certificate", "取得证书"),
                            ("scheme", "执行新方案"),
                            ("correction", "更正"),
                        ],
                        max_length=12,
                        verbose_name="原因",
                    ),
                ),
                ("why", models.JSONField(default=list, verbose_name="理由")),
                ("set_at", models.DateTimeField(verbose_name="确定时间")),
                (
                    "policy",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="common.policy"
                    ),
                ),
                (
                    "set_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "worker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="grades", to="staff.worker"
                    ),
                ),
            ],
            options={
                "verbose_name": "等级",
                "ordering": ["-valid_from", "-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("grade__gte", 1), ("grade__lte", 40)), name="grade_number"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_to", None), ("valid_to__gt", models.F("valid_from")), _connector="OR"
                        ),
                        name="grade_days",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[
                            ("worker", "="),
                            (
                                models.Func(
                                    models.F("valid_from"),
                                    models.F("valid_to"),
                                    models.Value("[)"),
                                    function="daterange",
                                ),
                                "&&",
                            ),
                        ],
                        name="grade_one_at_a_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AnnualReview",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.PositiveSmallIntegerField(verbose_name="年度")),
                (
                    "result",
                    models.CharField(
                        choices=[
                            ("excellent", "优秀"),
                            ("qualified", "合格"),
                            ("basic", "基本合格"),
                            ("failed", "不合格"),
                        ],
                        max_length=10,
                        verbose_name="结果",
                    ),
                ),
                ("set_at", models.DateTimeField(verbose_name="登记时间")),
                (
                    "set_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "worker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="reviews", to="staff.worker"
                    ),
                ),
            ],
            options={
                "verbose_name": "年度考核",
                "ordering": ["worker", "-year"],
                "constraints": [
                    models.UniqueConstraint(fields=("worker", "year"), name="annual_review_once"),
                    models.CheckConstraint(
                        condition=models.Q(("result__in", ["excellent", "qualified", "basic", "failed"])),
                        name="annual_review_result",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WorkerCertificate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("assistant", "助理社会工作师"),
                            ("social_worker", "社会工作师"),
                            ("senior", "高级社会工作师"),
                        ],
                        max_length=16,
                        verbose_name="证书",
                    ),
                ),
                ("issued_on", models.DateField(verbose_name="取得日期")),
                ("expires_on", models.DateField(blank=True, null=True, verbose_name="登记有效期至")),
                (
                    "worker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="certificates", to="staff.worker"
                    ),
                ),
            ],
            options={
                "verbose_name": "职业资格证书",
                "ordering": ["worker", "-issued_on"],
                "indexes": [models.Index(fields=["expires_on"], name="worker_certificate_expiry")],
                "constraints": [
                    models.UniqueConstraint(fields=("worker", "level"), name="worker_certificate_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("expires_on", None), ("expires_on__gt", models.F("issued_on")), _connector="OR"
                        ),
                        name="worker_certificate_days",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WorkerPerson",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "name",
                    common.fields.EncryptedTextField(
                        hash_field="name_hash",
                        hash_purpose="name",
                        purpose="用工管理、发放工资",
                        retention="离岗后按工资档案保存年限保存，期满清除",
                        verbose_name="姓名",
                    ),
                ),
                (
                    "phone",
                    common.fields.EncryptedTextField(
                        blank=True,
                        default="",
                        hash_field="phone_hash",
                        hash_purpose="phone",
                        purpose="工作联系",
                        retention="离岗后按工资档案保存年限保存，期满清除",
                        verbose_name="手机",
                    ),
                ),
                (
                    "id_number",
                    common.fields.EncryptedTextField(
                        blank=True,
                        default="",
                        hash_field="id_hash",
                        hash_purpose="id_number",
                        purpose="缴纳社会保险、申报个人所得税",
                        retention="离岗后按工资档案保存年限保存，期满清除",
                        verbose_name="身份证号",
                    ),
                ),
                (
                    "birth_date",
                    common.fields.EncryptedTextField(
                        purpose="队伍年龄结构、退休提醒",
                        retention="离岗后按工资档案保存年限保存，期满清除",
                        verbose_name="出生日期",
                    ),
                ),
                (
                    "bank_account",
                    common.fields.EncryptedTextField(
                        blank=True,
                        default="",
                        purpose="发放工资",
                        retention="离岗后按工资档案保存年限保存，期满清除",
                        verbose_name="工资卡号",
                    ),
                ),
                ("name_hash", models.BinaryField(null=True)),
                ("phone_hash", models.BinaryField(null=True)),
                ("id_hash", models.BinaryField(null=True)),
                (
                    "worker",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="person", to="staff.worker"
                    ),
                ),
            ],
            options={
                "verbose_name": "社区工作者个人信息",
                "indexes": [
                    models.Index(fields=["phone_hash"], name="worker_phone"),
                    models.Index(fields=["name_hash"], name="worker_name"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("id_hash__isnull", False)), fields=("id_hash",), name="worker_id_once"
                    )
                ],
            },
        ),
    ]
