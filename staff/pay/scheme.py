"""A pay scheme: posts with their grades, what a grade is worth, and the items that are paid (design §2.5).

A scheme is a dated rule, plain JSON edited as tables. The published ones (三岗十八级, 三档十二级, 岗位工资加等级工资, 基数乘系数) differ
only in these tables, so a new one needs no code and no formulas (ADR 0016).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

from staff.choices import Certificate, Education, Pays, Rank, ReviewResult, Source
from staff.pay.checking import between
from staff.pay.money import ZERO, share_of

# Sources that need a figure of a grade.
BY_GRADE = frozenset({Source.COEFFICIENT, Source.GRADE})


@dataclass(frozen=True, slots=True)
class Post:
    """A post of the scheme: the ranks it holds, its first, lowest and highest grade, its own amount in yuan a month."""

    label: str
    ranks: tuple[str, ...]
    start: int
    lowest: int
    highest: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class GradeLine:
    """What one grade is worth: a coefficient of the base, and an amount in yuan a month."""

    grade: int
    coefficient: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Extra:
    """What an education or a certificate brings: grades, years that count as served, yuan a month."""

    grades: int
    years: int
    amount: Decimal


# Keys of lines that no scheme makes.
RESERVED = frozenset({"advance", "added", "untaxed"})

NOTHING = Extra(0, 0, ZERO)


@dataclass(frozen=True, slots=True)
class Item:
    """A line of the slip. ``share`` of what its source says; ``performance``: times the factor of the review."""

    key: str
    label: str
    source: str
    share: Decimal
    amount: Decimal
    pays: str
    performance: bool
    prorated: bool


@dataclass(frozen=True, slots=True)
class Result:
    """What the result of a review does: factor of performance pay, and whether the year counts for the next grade."""

    factor: Decimal
    counts: bool


@dataclass(frozen=True, slots=True)
class Scheme:
    """A version of the scheme as typed values. ``base`` in yuan a month, ``newcomer_share`` of it during probation."""

    label: str
    base: Decimal
    local: Decimal
    step_years: int
    probation_months: int
    probation_lower: int
    newcomer_share: Decimal
    posts: tuple[Post, ...]
    grades: Mapping[int, GradeLine]
    education: Mapping[str, Extra]
    certificates: Mapping[str, Extra]
    results: Mapping[str, Result]
    items: tuple[Item, ...]

    def post_of(self, rank: str) -> Post:
        """``KeyError`` for a rank without a post: :func:`problems` finds it before a scheme is saved."""
        for post in self.posts:
            if rank in post.ranks:
                return post
        raise KeyError(rank)

    def has_post(self, rank: str) -> bool:
        return any(rank in post.ranks for post in self.posts)

    def grade_line(self, grade: int) -> GradeLine:
        return self.grades[grade]


def scheme_of(data: Mapping[str, Any]) -> Scheme:
    """The typed form of a scheme that has passed :func:`problems`."""
    lines = [
        GradeLine(int(row["grade"]), Decimal(row["coefficient"]), Decimal(row["amount"])) for row in data["grades"]
    ]
    return Scheme(
        label=data["label"],
        base=Decimal(data["base"]),
        local=Decimal(data["local"]),
        step_years=int(data["step_years"]),
        probation_months=int(data["probation_months"]),
        probation_lower=int(data["probation_lower"]),
        newcomer_share=share_of(data["newcomer_share"]),
        posts=tuple(_post(row) for row in data["posts"]),
        grades={line.grade: line for line in lines},
        education={key: _extra(row) for key, row in data["education"].items()},
        certificates={key: _extra(row) for key, row in data["certificates"].items()},
        results={key: Result(share_of(row["factor"]), bool(row["counts"])) for key, row in data["results"].items()},
        items=tuple(_item(row) for row in data["items"]),
    )


def _post(row: Mapping[str, Any]) -> Post:
    return Post(
        row["label"], tuple(row["ranks"]), int(row["start"]), int(row["lowest"]), int(row["highest"]),
        Decimal(row["amount"]),
    )  # fmt: skip


def _extra(row: Mapping[str, Any]) -> Extra:
    return Extra(int(row["plus"]), int(row["years"]), Decimal(row["amount"]))


def _item(row: Mapping[str, Any]) -> Item:
    return Item(
        row["key"], row["label"], row["source"], share_of(row["share"]), Decimal(row["amount"]), row["pays"],
        bool(row["performance"]), bool(row["prorated"]),
    )  # fmt: skip


def same_grading(old: Scheme, new: Scheme) -> bool:
    """Whether two schemes grade alike: then everybody keeps the grade they have."""
    return _grading_of(old) == _grading_of(new)


def _grading_of(scheme: Scheme) -> tuple[Any, ...]:
    posts = {rank: (post.start, post.lowest, post.highest) for post in scheme.posts for rank in post.ranks}
    extras = [
        {key: (extra.grades, extra.years) for key, extra in table.items()}
        for table in (scheme.education, scheme.certificates)
    ]
    return (scheme.step_years, scheme.probation_lower, posts, *extras)


# --- checking what was typed in


def problems(data: Mapping[str, Any]) -> list[str]:
    """What is wrong with a scheme, each as a sentence: gaps, overlaps, unknown words, figures out of range."""
    found = [*_figures(data), *_grades(data["grades"]), *_items(data["items"])]
    if found:
        return found
    return [*_posts(data), *_ranks(data["posts"]), *_worth(data)]


_LIMITS = {
    "base": ("基数", "0", "100000"), "local": ("地区系数", "0.1", "10"), "step_years": ("满几年晋一级", "1", "10"),
    "probation_months": ("试用期（月）", "0", "12"), "probation_lower": ("试用期低几级", "0", "5"),
    "newcomer_share": ("无经验新人试用期比例", "0", "100"),
}  # fmt: skip

_WHOLE = frozenset({"step_years", "probation_months", "probation_lower"})


def _figures(data: Mapping[str, Any]) -> Iterator[str]:
    if not 1 <= len(str(data["label"]).strip()) <= 30:
        yield "方案要有名称，不超过 30 字。"
    for key, (label, low, high) in _LIMITS.items():
        yield from between(data[key], label, low, high, whole=key in _WHOLE)
    for word, table, keys in (
        ("学历", "education", Education), ("证书", "certificates", Certificate), ("考核结果", "results", ReviewResult),
    ):  # fmt: skip
        if set(data[table]) != set(keys.values):
            yield f"{word}表不完整，请恢复全部各行。"
    for key, row in (*data["education"].items(), *data["certificates"].items()):
        label = dict(Education.choices + Certificate.choices).get(key, key)
        yield from between(row["plus"], f"{label}加几级", "0", "10", whole=True)
        yield from between(row["years"], f"{label}折合几年", "0", "20", whole=True)
        yield from between(row["amount"], f"{label}金额", "0", "10000")
    for key, row in data["results"].items():
        yield from between(row["factor"], f"{dict(ReviewResult.choices).get(key, key)}的绩效比例", "0", "300")


def _grades(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Every grade from the first to the last exactly once, worth more from one to the next."""
    if not rows:
        yield "至少要有一个等级。"
        return
    found = [sentence for row in rows for sentence in _grade(row)]
    if found:
        yield from found
        return
    count = Counter(int(row["grade"]) for row in rows)
    if twice := [str(grade) for grade, times in sorted(count.items()) if times > 1]:
        yield f"等级重复：{'、'.join(twice)} 级各只能有一行。"
    if holes := [str(grade) for grade in range(1, max(count)) if grade not in count]:
        yield f"等级不连续：缺少 {'、'.join(holes)} 级。"
    ordered = sorted(rows, key=lambda row: int(row["grade"]))
    for column, label in (("coefficient", "系数"), ("amount", "金额")):
        for before, after in pairwise(ordered):
            lower, higher = Decimal(str(before[column])), Decimal(str(after[column]))
            if int(before["grade"]) != int(after["grade"]) and (higher < lower or (higher == lower and higher)):
                yield f"{after['grade']} 级的{label}应高于 {before['grade']} 级。"


def _grade(row: Mapping[str, Any]) -> Iterator[str]:
    yield from between(row["grade"], "等级", "1", "40", whole=True)
    yield from between(row["coefficient"], f"{row['grade']} 级的系数", "0", "20")
    yield from between(row["amount"], f"{row['grade']} 级的金额", "0", "100000")


def _items(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if not rows:
        yield "至少要有一个工资项目。"
    labels = [str(row["label"]).strip() for row in rows]
    if any(not 1 <= len(label) <= 20 for label in labels) or len(labels) != len(set(labels)):
        yield "每个工资项目都要有名称，不超过 20 字，互不相同。"
    keys = [str(row["key"]) for row in rows]  # what was earned and not yet paid is kept by key
    if not all(keys) or len(keys) != len(set(keys)) or RESERVED & set(keys):
        yield "工资项目的代码应互不相同，不能为空，也不能是 advance、added 或 untaxed。"
    for row in rows:
        if row["source"] not in Source.values or row["pays"] not in Pays.values:
            yield f"“{row['label']}”的来源或发放周期无法识别。"
        yield from between(row["share"], f"{row['label']}：比例", "0", "200")
        yield from between(row["amount"], f"{row['label']}：金额", "0", "100000")


def _posts(data: Mapping[str, Any]) -> Iterator[str]:
    highest = max(int(row["grade"]) for row in data["grades"])
    if not data["posts"]:
        yield "至少要有一个岗位。"
    found = [sentence for row in data["posts"] for sentence in _post_figures(row)]
    if found:
        yield from found
        return
    for row in data["posts"]:
        label, low, start, high = row["label"], int(row["lowest"]), int(row["start"]), int(row["highest"])
        if not 1 <= low <= start <= high:
            yield f"“{label}”的等级应为：最低级 ≤ 起点级 ≤ 最高级。"
        elif high > highest:
            yield f"“{label}”的最高级是 {high} 级，等级表只到 {highest} 级。"
    labels = [str(row["label"]).strip() for row in data["posts"]]
    if not all(labels) or len(labels) != len(set(labels)):
        yield "每个岗位都要有名称，互不相同。"


def _post_figures(row: Mapping[str, Any]) -> Iterator[str]:
    label = row["label"]
    for key, word in (("lowest", "最低级"), ("start", "起点级"), ("highest", "最高级")):
        yield from between(row[key], f"{label}：{word}", "1", "40", whole=True)
    yield from between(row["amount"], f"{label}：金额", "0", "100000")


def _ranks(posts: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Each rank belongs to exactly one post, so that nobody is left without pay or paid by two rules."""
    words = dict(Rank.choices)
    count = Counter(rank for row in posts for rank in row["ranks"])
    if unknown := set(count) - set(words):
        yield f"无法识别的职务：{'、'.join(sorted(unknown))}。"
    if twice := [words[rank] for rank in words if count[rank] > 1]:
        yield f"职务重复：{'、'.join(twice)}只能归入一个岗位。"
    if missing := [words[rank] for rank in words if not count[rank]]:
        yield f"职务遗漏：{'、'.join(missing)}还没有归入岗位。"


def _worth(data: Mapping[str, Any]) -> Iterator[str]:
    """An item must have something to take its amount from."""
    filled = {
        Source.COEFFICIENT: Decimal(str(data["base"])) and _any(data["grades"], "coefficient"),
        Source.GRADE: _any(data["grades"], "amount"),
        Source.POST: _any(data["posts"], "amount"),
        Source.EDUCATION: _any(data["education"].values(), "amount"),
        Source.CERTIFICATE: _any(data["certificates"].values(), "amount"),
    }
    for row in data["items"]:
        if not filled.get(row["source"], Decimal(str(row["amount"]))):
            yield f"“{row['label']}”取自“{Source(row['source']).label}”，但表中没有金额。"


def _any(rows: Any, column: str) -> bool:
    return any(Decimal(str(row[column])) for row in rows)
