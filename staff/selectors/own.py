"""Whose own pages they are, and what they say about the next grade in words."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404

from staff.choices import Certificate
from staff.models import Worker
from staff.pay.grading import full_years
from staff.pay.money import short
from staff.pay.scheme import Scheme
from staff.rules import pay_scheme

NO_WORKER = "您的账号没有关联社区工作者，请联系街道的队伍管理人员。"


def own_worker(user: Any) -> Worker:
    """The worker whose account it is; raises ``Http404`` for everybody else."""
    found = Worker.objects.own(user).select_related("unit", "person").first()
    if found is None:
        raise Http404(NO_WORKER)
    return found


def next_step_words(worker: Worker, today: date) -> str:
    """When the next grade is due and what it needs; empty at the top or without a grade."""
    grade = worker.grades.filter(valid_from__lte=today).order_by("-valid_from").first()
    if grade is None:
        return ""
    _, scheme = pay_scheme(today)
    post = scheme.post_of(grade.rank)
    if grade.grade >= post.highest:
        return f"已是“{post.label}”岗位的最高级。"
    lost = worker.reviews.filter(result__in=[key for key, rule in scheme.results.items() if not rule.counts]).count()
    years = full_years(worker.community_since, today) - lost
    missing = scheme.step_years - years % scheme.step_years
    january = date(today.year + 1, 1, 1)
    while full_years(worker.community_since, january) - lost < years + missing:
        january = january.replace(year=january.year + 1)
    return (
        f"再满 {missing} 年（{january.year} 年 1 月）且上年度考核合格，可升为 {grade.grade + 1} 级。"
        "取得学历、证书或岗位变动的，按规定另行定级。"
    )


def gain_words(scheme: Scheme) -> str:
    """What certificates bring under the scheme."""
    words = []
    for level, label in Certificate.choices:
        extra = scheme.certificates[level]
        parts = [f"加 {extra.grades} 级"] if extra.grades else []
        parts += [f"折合 {extra.years} 年"] if extra.years else []
        parts += [f"每月 {short(extra.amount)} 元"] if extra.amount else []
        if parts:
            words.append(f"{label}{'、'.join(parts)}")
    return "；".join(words) + "。" if words else "用于晋升和培养。"
