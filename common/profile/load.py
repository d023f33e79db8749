"""From TOML to :class:`Profile`, with every value checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from django.conf import settings

from common.profile import appraisal, model, pay
from common.profile.budget import budget_rules
from common.profile.growth import growth_rules
from common.profile.model import LEVELS, Limit, Profile
from common.profile.reader import ProfileError, Reader, merge, on_sample, read_toml
from common.profile.service import service_rules

DEFAULTS = "_defaults.toml"
CLOCKS = ("accept", "sign", "contact", "finish", "callback")
COLOURS = ("none", "blue", "amber", "red")
RECIPIENTS = frozenset({"lead", "community", "street", "district"})


def available() -> tuple[str, ...]:
    """Names of all profiles that are shipped."""
    return tuple(sorted(path.stem for path in _folder().glob("[a-z]*.toml")))


def current() -> Profile:
    """The profile of this installation (``settings.DISTRICT``)."""
    return load(settings.DISTRICT)


def load(name: str) -> Profile:
    """The named profile; ``ProfileError`` names file and key of what is wrong with it."""
    return _load(name, str(_folder()))


def _folder() -> Path:
    return Path(settings.PROFILE_DIR)


@lru_cache(maxsize=32)
def _load(name: str, folder: str) -> Profile:
    if not name.isidentifier() or name.startswith("_") or not (Path(folder) / f"{name}.toml").is_file():
        raise ProfileError(f"没有名为“{name}”的区县配置。可用的有：{'、'.join(available())}。")
    own = read_toml(Path(folder) / f"{name}.toml")
    data = merge(read_toml(Path(folder) / DEFAULTS), own)
    data = _with_samples(data, Path(folder))
    place = own.get("name")
    if isinstance(place, str) and place:
        data = _fill(data, place[-1])
    return _build(name, Reader(data, f"{name}.toml", own, DEFAULTS))


def _with_samples(data: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Pay and each scheme of appraisal on top of the samples they name."""
    named = data.get("appraisal", {})
    return {
        **data,
        "pay": on_sample(data.get("pay", {}), folder / pay.SAMPLES),
        "appraisal": {key: on_sample(table, folder / appraisal.SAMPLES) for key, table in named.items()},
    }


def _fill(value: Any, word: str) -> Any:
    """``{d}`` in every text becomes the last character of the district's name."""
    if isinstance(value, str):
        return value.replace("{d}", word)
    if isinstance(value, list):
        return [_fill(item, word) for item in value]
    if isinstance(value, dict):
        return {key: _fill(item, word) for key, item in value.items()}
    return value


def _build(name: str, top: Reader) -> Profile:
    limits = _limits(top.table("limits"))
    grid_size = _grid_size(top.table("grid_size"))
    targets = tuple(_target(entry) for entry in top.array("targets"))
    rules = {
        "limits": limits,
        "ladder": _ladder(top.table("ladder")),
        "score": _score(top.table("score")),
        "hours": _hours(top.table("hours")),
        "grid_size": vars(grid_size),
        "targets": {"targets": [vars(target) for target in targets]},
        **service_rules(top),
        **pay.pay_rules(top),
        **budget_rules(top),
        **appraisal.appraisal_rules(top),
        **growth_rules(top),
    }
    profile = Profile(
        key=name,
        name=top.text("name"),
        city=top.text("city"),
        province=top.text("province"),
        code=top.matching("code", r"\d{6}", "六位行政区划代码"),
        product=top.text("product"),
        languages=top.texts("languages"),
        levels=_levels(top.table("levels")),
        posts=MappingProxyType({key: _post(key, table) for key, table in top.table("posts").tables()}),
        clocks=MappingProxyType({key: model.Clock(key, limits["clocks"][key]) for key in CLOCKS}),
        category_limits=MappingProxyType(limits["categories"]),
        categories_off=frozenset(_categories_off(top.table("categories"))),
        grid_size=grid_size,
        channels=_words(top.table("channels")),
        kinds=_words(top.table("kinds")),
        departments=MappingProxyType(
            {key: _department(key, table) for key, table in top.table("departments").tables()}
        ),
        **_leads(top.table("leads")),
        party=_party(top.table("party")),
        service_days=tuple(_service_day(entry) for entry in top.array("service_days")),
        targets=targets,
        figures=_figures(top),
        demo=_demo(top.table("demo")),
        rules=MappingProxyType(rules),
    )
    top.close()
    _names_once(profile, top)
    return profile


def _limit(reader: Reader, key: str) -> Limit:
    raw = reader.text(key)
    try:
        return Limit.parse(raw)
    except ValueError:
        raise reader.fail(key, f"应为数字加单位 h、wh、wd 或 d，如 5wd，现为 {raw!r}") from None


def _limits(reader: Reader) -> dict[str, Any]:
    clocks, urgent, letter = reader.table("clocks"), reader.table("urgent"), reader.table("letter")
    categories = reader.table("categories")
    result = {
        "demo": reader.flag("demo"),
        "extensions_max": reader.integer("extensions_max", 0, 9),
        "clocks": {key: _limit(clocks, key) for key in CLOCKS},
        "urgent": {key: _limit(urgent, key) for key in ("finish_at_most", "accept", "sign", "contact")},
        "letter": {key: _limit(letter, key) for key in ("notify", "object", "finish", "extension")},
        "categories": {key: _limit(categories, key) for key in categories.data},
    }
    for table in (clocks, urgent, letter, categories, reader):
        table.close()
    return result


def _ladder(reader: Reader) -> dict[str, Any]:
    steps = [_step(key, table) for key, table in reader.table("steps").tables()]
    result = {
        "demo": reader.flag("demo"),
        "red_after_extensions": reader.integer("red_after_extensions", 0, 9),
        "red_after_dissatisfied": reader.integer("red_after_dissatisfied", 1, 9),
        "steps": steps,
    }
    reader.close()
    return result


def _step(key: str, table: Reader) -> dict[str, Any]:
    if table.has("before") == table.has("after"):
        raise table.fail("before", "须在 before（到期前）和 after（到期后）中写一项，且只写一项")
    step: dict[str, Any] = {
        "key": key,
        "label": table.text("label"),
        "colour": table.one_of("colour", COLOURS),
        "clocks": _subset(table, "clocks", frozenset(CLOCKS)),
        "to": _subset(table, "to", RECIPIENTS),
    }
    if table.has("before"):
        step["before"] = _limit(table, "before")
        step["share"] = table.decimal("share", "0", "1")
    else:
        step["after"] = _limit(table, "after")
    table.close()
    return step


def _subset(table: Reader, key: str, allowed: frozenset[str]) -> tuple[str, ...]:
    values = table.texts(key)
    unknown = [value for value in values if value not in allowed]
    if unknown or not values:
        raise table.fail(key, f"只能是 {'、'.join(sorted(allowed))}，现为 {list(values)!r}")
    return values


def _score(reader: Reader) -> dict[str, Any]:
    weights, deductions, bonuses = reader.table("weights"), reader.table("deductions"), reader.table("bonuses")
    result: dict[str, Any] = {
        "demo": reader.flag("demo"),
        "minimum": reader.integer("minimum", 0, 10_000),
        "basic_satisfied": reader.decimal("basic_satisfied", "0", "1"),
        "weights": {key: weights.decimal(key, "0", "1") for key in ("response", "resolution", "satisfaction")},
        "deductions": {key: deductions.decimal(key) for key in ("blue", "amber", "red")},
        "bonuses": {key: bonuses.decimal(key) for key in bonuses.data},
        "groups": [_group(key, table) for key, table in reader.table("groups").tables()],
    }
    if sum(result["weights"].values()) != 1:
        raise reader.fail("weights", "三个权重之和应为 1")
    for table in (weights, deductions, bonuses, reader):
        table.close()
    return result


def _group(key: str, table: Reader) -> dict[str, Any]:
    group = {"key": key, "label": table.text("label"), "kinds": table.texts("kinds")}
    table.close()
    return group


def _hours(reader: Reader) -> dict[str, Any]:
    weekdays = reader.raw("weekdays", list, "星期的列表（1 至 7）")
    if not weekdays or any(not isinstance(day, int) or not 1 <= day <= 7 for day in weekdays):
        raise reader.fail("weekdays", f"应为 1 至 7 的列表，现为 {weekdays!r}")
    spans = [span.split("-") for span in reader.texts("spans")]
    flat = [moment for span in spans for moment in span]
    if not spans or any(len(span) != 2 for span in spans) or flat != sorted(set(flat)) or not all(map(_is_time, flat)):
        raise reader.fail("spans", "应为先后不重叠的时段，如 08:30-12:00")
    result = {"demo": reader.flag("demo"), "weekdays": weekdays, "spans": spans}
    reader.close()
    return result


def _is_time(text: str) -> bool:
    hour, colon, minute = text.partition(":")
    return len(text) == 5 and bool(colon) and hour.isdecimal() and minute.isdecimal() and hour < "24" and minute < "60"


def _levels(reader: Reader) -> MappingProxyType[str, model.LevelLabel]:
    levels = {}
    for key in LEVELS:
        table = reader.table(key)
        levels[key] = model.LevelLabel(key, table.text("label"), table.texts("others", []))
        table.close()
    reader.close()
    return MappingProxyType(levels)


def _post(key: str, table: Reader) -> model.PostTitle:
    post = model.PostTitle(key, table.text("title"), table.one_of("level", LEVELS), table.integer("seats", 1, 2))
    table.close()
    return post


def _grid_size(reader: Reader) -> model.GridSize:
    size = model.GridSize(
        minimum=reader.integer("minimum", 0, 100_000),
        maximum=reader.integer("maximum", 1, 100_000),
        flag=reader.flag("flag"),
        demo=reader.flag("demo"),
        source=reader.text("source", ""),
    )
    if size.minimum > size.maximum:
        raise reader.fail("minimum", f"下限 {size.minimum} 大于上限 {size.maximum}")
    reader.close()
    return size


def _words(reader: Reader) -> MappingProxyType[str, str]:
    return MappingProxyType({key: reader.text(key) for key in reader.data})


def _categories_off(reader: Reader) -> tuple[str, ...]:
    off = reader.texts("off")
    reader.close()
    return off


def _department(key: str, table: Reader) -> model.DepartmentEntry:
    entry = model.DepartmentEntry(key, table.text("name"), table.text("group"), table.texts("covers"))
    table.close()
    return entry


def _leads(reader: Reader) -> dict[str, Any]:
    outside = frozenset(reader.texts("outside"))
    names = {key: reader.one_of(key, LEVELS) for key in reader.data if key != "outside"}
    return {"leads": MappingProxyType(names), "outside": outside}


def _party(reader: Reader) -> model.PartyRules:
    labels, modes = reader.table("labels"), reader.table("modes")
    rules = model.PartyRules(
        branch_members=reader.integer("branch_members", 1, 1000),
        general_branch_members=reader.integer("general_branch_members", 1, 1000),
        committee_members=reader.integer("committee_members", 1, 10_000),
        community_term_years=reader.integer("community_term_years", 1, 10),
        term_years=reader.integer("term_years", 1, 10),
        remind_months=reader.integer("remind_months", 0, 36),
        labels=MappingProxyType({key: labels.text(key) for key in LEVELS}),
        modes=_words(modes),
    )
    for table in (labels, reader):
        table.close()
    return rules


def _service_day(reader: Reader) -> model.ServiceDay:
    reader.one_of("every", ("week",))
    day = model.ServiceDay(reader.text("name"), reader.integer("weekday", 1, 7), reader.text("about", ""))
    reader.close()
    return day


def _target(reader: Reader) -> model.Target:
    target = model.Target(_limit(reader, "within"), reader.decimal("percent", "0", "100"), reader.text("source"))
    reader.close()
    return target


def _figures(top: Reader) -> MappingProxyType[str, model.Figure]:
    figures: dict[str, model.Figure] = {}
    for reader in top.array("figures"):
        figure = model.Figure(
            key=reader.text("key"),
            value=reader.decimal("value"),
            unit=reader.text("unit"),
            source=reader.text("source"),
            numerator=reader.text("numerator", ""),
            denominator=reader.text("denominator", ""),
        )
        reader.close()
        if figure.key in figures:
            raise reader.fail("key", f"“{figure.key}”写了两次")
        figures[figure.key] = figure
    for figure in figures.values():
        for part in filter(None, (figure.numerator, figure.denominator)):
            if part not in figures:
                raise top.fail("figures", f"“{figure.key}”提到的“{part}”没有列出")
    return MappingProxyType(figures)


def _demo(reader: Reader) -> model.DemoSize:
    heating = reader.texts("heating")
    if len(heating) not in (0, 2) or any(not _is_month_day(text) for text in heating):
        raise reader.fail("heating", "应为起止两个“月-日”，或空列表")
    size = model.DemoSize(
        grids=_size(reader, "grids"),
        building_groups=_size(reader, "building_groups"),
        households=_size(reader, "households"),
        grids_per_community=reader.integer("grids_per_community", 1, 1000),
        groups_per_grid=reader.integer("groups_per_grid", 1, 1000),
        households_per_group=reader.integer("households_per_group", 1, 1000),
        petitions=reader.integer("petitions", 1, 1_000_000),
        heating=(heating[0], heating[1]) if heating else None,
        solved_percent=reader.decimal("solved_percent", "0", "100"),
    )
    reader.close()
    return size


def _size(reader: Reader, key: str) -> int | None:
    return reader.integer(key, 1, 10_000_000) if reader.has(key) else None


def _is_month_day(text: str) -> bool:
    try:
        date.fromisoformat(f"2024-{text}")
    except ValueError:
        return False
    return True


def _names_once(profile: Profile, top: Reader) -> None:
    """Two departments may not have one name, nor cover the same word of the categories."""
    seen: dict[str, str] = {}
    for key, word in _department_words(profile):
        if seen.setdefault(word, key) != key:
            raise top.table("departments").fail(key, f"“{word}”已由 {seen[word]} 使用")


def _department_words(profile: Profile) -> Iterator[tuple[str, str]]:
    for entry in profile.departments.values():
        for word in {entry.name, *entry.covers}:
            yield entry.key, word
