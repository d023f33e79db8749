"""Appraisal; what is published never changes: the database itself refuses it (issue 4 part 6)."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

CREATE = """
-- One look a statement: a period has thousands of rows. Values, points and who is appraised stay once published.
CREATE FUNCTION staff_appraisal_rows_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM touched JOIN staff_appraised AS one ON one.id = touched.appraised_id
        JOIN staff_appraisal AS period ON period.id = one.appraisal_id
        WHERE period.state IN ('published', 'final')
    ) THEN
        RAISE EXCEPTION 'values and points of a published appraisal never change'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$;
-- Results: a correction is added, and names what it corrects; nothing is changed or taken away.
CREATE FUNCTION staff_appraisal_results_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM touched JOIN staff_appraisal AS period ON period.id = touched.appraisal_id
        WHERE period.state IN ('published', 'final') AND (TG_OP <> 'INSERT' OR touched.corrects_id IS NULL)
    ) THEN
        RAISE EXCEPTION 'results of a published appraisal never change' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE FUNCTION staff_appraisal_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a published appraisal is kept' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF (OLD.unit_id, OLD.subject, OLD.cycle, OLD.first_day, OLD.last_day, OLD.policy_id, OLD.people, OLD.reckoned_by_id,
        OLD.published_by_id, OLD.appeal_until, OLD.digest)
       IS DISTINCT FROM
       (NEW.unit_id, NEW.subject, NEW.cycle, NEW.first_day, NEW.last_day, NEW.policy_id, NEW.people, NEW.reckoned_by_id,
        NEW.published_by_id, NEW.appeal_until, NEW.digest)
       OR NEW.state NOT IN ('published', 'final') OR (OLD.state = 'final' AND NEW.state <> 'final') THEN
        RAISE EXCEPTION 'a published appraisal never changes' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER staff_appraisal_frozen BEFORE UPDATE ON staff_appraisal FOR EACH ROW
WHEN (OLD.state IN ('published', 'final')) EXECUTE FUNCTION staff_appraisal_frozen();
CREATE TRIGGER staff_appraisal_kept BEFORE DELETE ON staff_appraisal FOR EACH ROW
WHEN (OLD.state IN ('published', 'final')) EXECUTE FUNCTION staff_appraisal_frozen();
"""
DROP = """
DROP TRIGGER staff_appraisal_kept ON staff_appraisal;
DROP TRIGGER staff_appraisal_frozen ON staff_appraisal;
"""
DROP_FUNCTIONS = """
DROP FUNCTION staff_appraisal_frozen();
DROP FUNCTION staff_appraisal_results_frozen();
DROP FUNCTION staff_appraisal_rows_frozen();
"""
TABLES = {
    "staff_appraisalmeasure": "staff_appraisal_rows_frozen",
    "staff_appraisalscore": "staff_appraisal_rows_frozen",
    "staff_appraisalresult": "staff_appraisal_results_frozen",
}
for table, function in TABLES.items():
    for event, rows in (("INSERT", "NEW"), ("UPDATE", "OLD"), ("DELETE", "OLD")):
        name = f"{table}_no_{event.lower()}"
        CREATE += f"""
CREATE TRIGGER {name} AFTER {event} ON {table}
REFERENCING {rows} TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION {function}();
"""
        DROP += f"DROP TRIGGER {name} ON {table};\n"


class Migration(migrations.Migration):
    dependencies = [
        ("common", "0006_series_and_attempts"),
        ("grid", "0001_initial"),
        ("staff", "0004_budget"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Appraisal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("stream", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("event_seq", models.PositiveIntegerField(default=0, editable=False)),
                ("event_head", models.BinaryField(default=b"")),
                (
                    "subject",
                    models.CharField(
                        choices=[("worker", "社区工作者"), ("community", "社区")],
                        max_length=10,
                        verbose_name="考核对象",
                    ),
                ),
                (
                    "cycle",
                    models.CharField(
                        choices=[("quarter", "季度"), ("year", "年度")], max_length=8, verbose_name="周期"
                    ),
                ),
                ("first_day", models.DateField(verbose_name="考核期第一天")),
                ("last_day", models.DateField(verbose_name="考核期最后一天")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "评分中"),
                            ("reckoned", "待复核"),
                            ("published", "公示中"),
                            ("final", "已定格"),
                        ],
                        default="open",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("people", models.PositiveIntegerField(default=0, verbose_name="参加考核")),
                ("judge_until", models.DateField(verbose_name="打分截止")),
                ("opened_at", models.DateTimeField(verbose_name="开始时间")),
                ("measured_at", models.DateTimeField(null=True, verbose_name="测算时间")),
                ("reckoned_at", models.DateTimeField(null=True, verbose_name="汇总时间")),
                ("published_at", models.DateTimeField(null=True, verbose_name="公示时间")),
                ("appeal_until", models.DateField(null=True, verbose_name="申诉截止")),
                ("finished_at", models.DateTimeField(null=True, verbose_name="定格时间")),
                ("digest", models.BinaryField(null=True)),
                ("pay_month", models.DateField(null=True, verbose_name="从哪个月起计发绩效")),
                (
                    "finished_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="定格人",
                    ),
                ),
                (
                    "opened_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="开始人",
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="common.policy"
                    ),
                ),
                (
                    "published_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="复核公示人",
                    ),
                ),
                (
                    "reckoned_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="汇总人",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appraisals",
                        to="grid.unit",
                        verbose_name="组织单位",
                    ),
                ),
            ],
            options={
                "verbose_name": "考核",
                "ordering": ["-first_day", "-id"],
                "indexes": [
                    models.Index(
                        models.OrderBy(models.F("first_day"), descending=True),
                        models.OrderBy(models.F("id"), descending=True),
                        name="appraisal_first_day",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["open", "reckoned", "published", "final"])),
                        name="appraisal_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("subject__in", ["worker", "community"])), name="appraisal_subject"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("cycle__in", ["quarter", "year"])), name="appraisal_cycle"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("first_day__lt", models.F("last_day"))), name="appraisal_days"
                    ),
                    models.UniqueConstraint(fields=("unit", "subject", "cycle", "first_day"), name="appraisal_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("published_by", None),
                            models.Q(("published_by", models.F("reckoned_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="appraisal_two_people",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AppraisalSheet",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sent_at", models.DateTimeField(null=True, verbose_name="提交时间")),
                ("excused_at", models.DateTimeField(null=True, verbose_name="免评时间")),
                ("excused_why", models.CharField(blank=True, default="", max_length=100, verbose_name="免评原因")),
                (
                    "appraisal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="sheets", to="staff.appraisal"
                    ),
                ),
                (
                    "judge",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appraisal_sheets",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "打分表",
                "ordering": ["appraisal", "id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("excused_at", None), ("sent_at", None)),
                        fields=["judge"],
                        name="appraisal_sheet_waiting",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("appraisal", "judge"), name="appraisal_sheet_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("excused_at", None), models.Q(("excused_why", ""), _negated=True), _connector="OR"
                        ),
                        name="appraisal_sheet_excused",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Appraised",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "rank",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("both_heads", "书记、主任一肩挑"),
                            ("head", "正职（书记或主任）"),
                            ("deputy", "副职"),
                            ("member", "两委委员"),
                            ("specialist", "治理专干"),
                            ("worker", "工作人员"),
                            ("part_time", "兼职人员"),
                        ],
                        default="",
                        max_length=12,
                        verbose_name="职务",
                    ),
                ),
                (
                    "appraisal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="appraised", to="staff.appraisal"
                    ),
                ),
                (
                    "host_unit",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="grid.unit"
                    ),
                ),
                (
                    "street",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="grid.unit"
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="grid.unit"),
                ),
                (
                    "worker",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appraised",
                        to="staff.worker",
                    ),
                ),
            ],
            options={
                "verbose_name": "考核对象",
                "ordering": ["unit__path", "worker__number"],
                "constraints": [
                    models.UniqueConstraint(fields=("appraisal", "worker"), name="appraised_worker_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("worker", None)),
                        fields=("appraisal", "unit"),
                        name="appraised_community_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("host_unit", None),
                            models.Q(("host_unit", models.F("unit")), _negated=True),
                            _connector="OR",
                        ),
                        name="appraised_host",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AppraisalScore",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "side",
                    models.CharField(
                        choices=[("home", "派出单位"), ("host", "所在单位")], default="home", max_length=4
                    ),
                ),
                ("key", models.CharField(max_length=40)),
                ("points", models.DecimalField(decimal_places=2, max_digits=5, null=True, verbose_name="得分")),
                (
                    "sheet",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="scores", to="staff.appraisalsheet"
                    ),
                ),
                (
                    "appraised",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="scores", to="staff.appraised"
                    ),
                ),
            ],
            options={
                "verbose_name": "评分",
                "constraints": [
                    models.UniqueConstraint(fields=("sheet", "appraised", "side", "key"), name="appraisal_score_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("points", None), models.Q(("points__gte", 0), ("points__lte", 100)), _connector="OR"
                        ),
                        name="appraisal_score_range",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AppraisalResult",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("why", models.CharField(blank=True, default="", max_length=200, verbose_name="更正理由")),
                ("score", models.DecimalField(decimal_places=2, max_digits=5, null=True, verbose_name="得分")),
                ("standing", models.DecimalField(decimal_places=2, default=-1, editable=False, max_digits=5)),
                (
                    "home_score",
                    models.DecimalField(decimal_places=2, max_digits=5, null=True, verbose_name="派出单位得分"),
                ),
                (
                    "host_score",
                    models.DecimalField(decimal_places=2, max_digits=5, null=True, verbose_name="所在单位得分"),
                ),
                ("level", models.CharField(blank=True, default="", max_length=30, verbose_name="等次")),
                ("stars", models.PositiveSmallIntegerField(default=0, verbose_name="星级")),
                (
                    "review",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("excellent", "优秀"),
                            ("qualified", "合格"),
                            ("basic", "基本合格"),
                            ("failed", "不合格"),
                        ],
                        default="",
                        max_length=10,
                        verbose_name="年度考核结果",
                    ),
                ),
                (
                    "percent",
                    models.DecimalField(decimal_places=2, default=100, max_digits=6, verbose_name="绩效比例（%）"),
                ),
                ("lines", models.JSONField(default=list)),
                ("set_at", models.DateTimeField(verbose_name="确定时间")),
                (
                    "appraisal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="results", to="staff.appraisal"
                    ),
                ),
                (
                    "corrects",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrected_by",
                        to="staff.appraisalresult",
                        verbose_name="更正",
                    ),
                ),
                (
                    "set_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="确定人",
                    ),
                ),
                (
                    "appraised",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="results", to="staff.appraised"
                    ),
                ),
            ],
            options={
                "verbose_name": "考核结果",
                "ordering": ["-id"],
                "indexes": [models.Index(fields=["appraisal", "score"], name="appraisal_result_score")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("corrects", None)), fields=("appraised",), name="appraisal_result_first"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("corrects", None), models.Q(("why", ""), _negated=True), _connector="OR"),
                        name="appraisal_result_why",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("score", None), models.Q(("score__gte", 0), ("score__lte", 100)), _connector="OR"
                            ),
                            models.Q(
                                ("home_score", None),
                                models.Q(("home_score__gte", 0), ("home_score__lte", 100)),
                                _connector="OR",
                            ),
                            models.Q(
                                ("host_score", None),
                                models.Q(("host_score__gte", 0), ("host_score__lte", 100)),
                                _connector="OR",
                            ),
                        ),
                        name="appraisal_result_range",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AppraisalMeasure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "side",
                    models.CharField(
                        choices=[("home", "派出单位"), ("host", "所在单位")], default="home", max_length=4
                    ),
                ),
                ("key", models.CharField(max_length=40)),
                ("numerator", models.DecimalField(decimal_places=2, max_digits=14)),
                ("denominator", models.DecimalField(decimal_places=2, max_digits=14, null=True)),
                (
                    "appraised",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="measures", to="staff.appraised"
                    ),
                ),
            ],
            options={
                "verbose_name": "测算值",
                "constraints": [
                    models.UniqueConstraint(fields=("appraised", "side", "key"), name="appraisal_measure_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("numerator__gte", 0),
                            models.Q(("denominator", None), ("denominator__gte", 0), _connector="OR"),
                        ),
                        name="appraisal_measure_sign",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Appeal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("stream", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("event_seq", models.PositiveIntegerField(default=0, editable=False)),
                ("event_head", models.BinaryField(default=b"")),
                ("text", models.CharField(max_length=500, verbose_name="申诉理由")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "待处理"),
                            ("upheld", "已更正"),
                            ("rejected", "维持原结果"),
                            ("withdrawn", "已撤回"),
                        ],
                        default="asked",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("asked_at", models.DateTimeField(verbose_name="申诉时间")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="处理时间")),
                ("answer", models.CharField(blank=True, default="", max_length=200, verbose_name="答复")),
                ("request_key", models.UUIDField(editable=False, null=True, unique=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="申诉人",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="处理人",
                    ),
                ),
                (
                    "result",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="appeals", to="staff.appraisalresult"
                    ),
                ),
                (
                    "appraised",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="appeals", to="staff.appraised"
                    ),
                ),
            ],
            options={
                "verbose_name": "考核申诉",
                "ordering": ["-asked_at", "-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["asked", "upheld", "rejected", "withdrawn"])),
                        name="appeal_state",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "withdrawn"), _negated=True),
                        fields=("appraised",),
                        name="appeal_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["upheld", "rejected"]), _negated=True),
                            models.Q(("decided_by__isnull", False), models.Q(("answer", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="appeal_decided",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReviewSource",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("why", models.CharField(blank=True, default="", max_length=120, verbose_name="依据")),
                (
                    "result",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reviews",
                        to="staff.appraisalresult",
                    ),
                ),
                (
                    "review",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="source", to="staff.annualreview"
                    ),
                ),
                (
                    "worker",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="staff.worker"),
                ),
            ],
            options={
                "verbose_name": "年度考核依据",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("result__isnull", False), models.Q(("why", ""), _negated=True), _connector="OR"
                        ),
                        name="review_source_given",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="WorkerHonour",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60, verbose_name="荣誉名称")),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("nation", "国家级"),
                            ("province", "省级"),
                            ("city", "市级"),
                            ("district", "区县级"),
                            ("street", "街道（镇）级"),
                        ],
                        max_length=10,
                        verbose_name="级别",
                    ),
                ),
                ("given_by", models.CharField(max_length=60, verbose_name="授予单位")),
                ("given_on", models.DateField(verbose_name="授予日期")),
                ("document", models.CharField(blank=True, default="", max_length=60, verbose_name="文号")),
                (
                    "worker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="honours", to="staff.worker"
                    ),
                ),
            ],
            options={
                "verbose_name": "表彰奖励",
                "ordering": ["worker", "-given_on", "-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("level__in", ["nation", "province", "city", "district", "street"])),
                        name="worker_honour_level",
                    ),
                    models.UniqueConstraint(fields=("worker", "name", "given_on"), name="worker_honour_once"),
                ],
            },
        ),
        migrations.RunSQL(CREATE, DROP + DROP_FUNCTIONS),
    ]
