"""Rules of pay in a profile: the scheme (a sample of ``pay/`` with what the district changes), insurance, tax, leave."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from common.profile.model import plain
from common.profile.reader import Reader, read_toml

SAMPLES = "pay"  # the folder with the sample schemes, beside the profiles
EDUCATION = ("school", "college", "bachelor", "master", "doctor")
CERTIFICATES = ("assistant", "social_worker", "senior")
RESULTS = ("excellent", "qualified", "basic", "failed")


def samples(folder: Path) -> dict[str, Path]:
    """The sample schemes that are shipped, by name."""
    return {path.stem: path for path in sorted((folder / SAMPLES).glob("*.toml"))}


def pay_rules(top: Reader) -> dict[str, dict[str, Any]]:
    """First versions of the dated rules ``pay_scheme insurance income_tax leave``."""
    return {
        "pay_scheme": scheme_data(top.table("pay")),
        "insurance": _insurance(top.table("insurance")),
        "income_tax": _income_tax(top.table("income_tax")),
        "leave": _leave(top.table("leave")),
    }


def sample_data(path: Path) -> dict[str, Any]:
    """A sample scheme as the content of a rule, without a district."""
    found: dict[str, Any] = plain(scheme_data(Reader(read_toml(path), path.name, {})))
    return found


def scheme_data(reader: Reader) -> dict[str, Any]:
    """``base`` in yuan a month, shares in percent; one coefficient and one amount a grade, from the first up."""
    result = {
        "demo": reader.flag("demo"),
        "label": reader.text("label"),
        "base": reader.decimal("base"),
        "local": reader.decimal("local"),
        "step_years": reader.integer("step_years", 1, 10),
        "probation_months": reader.integer("probation_months", 0, 12),
        "probation_lower": reader.integer("probation_lower", 0, 5),
        "newcomer_share": reader.decimal("newcomer_share", "0", "100"),
        "posts": [_post(table) for _, table in reader.table("posts").tables()],
        "grades": _grades(reader),
        "education": _extras(reader.table("education"), EDUCATION),
        "certificates": _extras(reader.table("certificates"), CERTIFICATES),
        "results": _results(reader.table("results")),
        "items": [_item(key, table) for key, table in reader.table("items").tables()],
    }
    reader.close()
    return result


def _post(table: Reader) -> dict[str, Any]:
    post = {
        "label": table.text("label"),
        "ranks": list(table.texts("ranks")),
        "start": table.integer("start", 1, 40),
        "lowest": table.integer("lowest", 1, 40),
        "highest": table.integer("highest", 1, 40),
        "amount": _amount(table),
    }
    table.close()
    return post


def _amount(table: Reader) -> Any:
    return table.decimal("amount") if table.has("amount") else "0"


def _grades(reader: Reader) -> list[dict[str, Any]]:
    coefficients, amounts = reader.texts("coefficients", []), reader.texts("amounts", [])
    count = max(len(coefficients), len(amounts))
    if {len(coefficients), len(amounts)} - {0, count}:
        raise reader.fail("amounts", "与 coefficients 的级数不同")
    return [
        {
            "grade": grade,
            "coefficient": coefficients[grade - 1] if coefficients else "0",
            "amount": amounts[grade - 1] if amounts else "0",
        }
        for grade in range(1, count + 1)
    ]


def _extras(reader: Reader, keys: tuple[str, ...]) -> dict[str, Any]:
    found = {key: _extra(reader.table(key)) for key in keys}
    reader.close()
    return found


def _extra(table: Reader) -> dict[str, Any]:
    extra = {
        "plus": table.integer("plus", 0, 10, 0),
        "years": table.integer("years", 0, 20, 0),
        "amount": _amount(table),
    }
    table.close()
    return extra


def _results(reader: Reader) -> dict[str, Any]:
    found = {}
    for key in RESULTS:
        table = reader.table(key)
        found[key] = {"factor": table.decimal("factor", "0", "300"), "counts": table.flag("counts")}
        table.close()
    reader.close()
    return found


def _item(key: str, table: Reader) -> dict[str, Any]:
    item = {
        "key": key,
        "label": table.text("label"),
        "source": table.text("source"),
        "share": table.decimal("share", "0", "200") if table.has("share") else "100",
        "amount": _amount(table),
        "pays": table.text("pays", "month"),
        "performance": table.flag("performance"),
        "prorated": table.flag("prorated", True),
    }
    table.close()
    return item


def _insurance(reader: Reader) -> dict[str, Any]:
    result = {
        "demo": reader.flag("demo"),
        "label": reader.text("label"),
        "floor": reader.decimal("floor"),
        "ceiling": reader.decimal("ceiling"),
        "items": [_contribution(key, table) for key, table in reader.table("items").tables()],
    }
    reader.close()
    return result


def _contribution(key: str, table: Reader) -> dict[str, Any]:
    item = {
        "key": key,
        "label": table.text("label"),
        "employer": table.decimal("employer", "0", "50"),
        "employee": table.decimal("employee", "0", "50"),
        "floor": table.decimal("floor") if table.has("floor") else "0",
        "ceiling": table.decimal("ceiling") if table.has("ceiling") else "0",
        "from_month": table.integer("from_month", 1, 12, 1),
    }
    table.close()
    return item


def _income_tax(reader: Reader) -> dict[str, Any]:
    result = {
        "allowance": reader.decimal("allowance"),
        "bonus_until": reader.matching("bonus_until", r"\d{4}-\d\d-\d\d", "日期，如 2027-12-31"),
        "brackets": [_bracket(table) for table in reader.array("brackets")],
    }
    reader.close()
    return result


def _bracket(table: Reader) -> dict[str, Any]:
    bracket = {key: table.decimal(key) for key in ("up_to", "rate", "quick")}
    table.close()
    return bracket


def _leave(reader: Reader) -> dict[str, Any]:
    paid = reader.table("paid")
    result = {
        "demo": reader.flag("demo"),
        "days": reader.decimal("days", "15", "31"),
        "paid": {key: paid.decimal(key, "0", "100") for key in paid.data},
    }
    paid.close()
    reader.close()
    return result
