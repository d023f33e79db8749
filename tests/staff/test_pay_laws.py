"""What holds for all pay, whatever the figures."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from staff.choices import Certificate, Education, LeaveKind, Rank
from staff.pay import insurance, scheme, tax
from staff.pay.money import ZERO, fen
from staff.pay.parts import rules_of
from staff.pay.slip import Addition, month_slip
from staff.pay.tax import NEW_YEAR, bonus_apart, withhold
from tests.staff.pay_rules import d, rules, somebody, tables

SCHEMES = ("jiangyuan", "yanji", "tonghua", "jianou", "base_performance", "post_grade_title")
QUICK = settings(max_examples=150)
FEW = settings(max_examples=40)


def yuan(low: int, high: int) -> st.SearchStrategy[Decimal]:
    return st.integers(low * 100, high * 100).map(lambda fen_count: Decimal(fen_count) / 100)


month_figures = st.tuples(yuan(0, 120_000), yuan(0, 5_000), yuan(0, 4_000))
halves = st.integers(1, 46).map(lambda count: Decimal(count) / 2)


@st.composite
def people(draw):
    """Somebody in some month, with whatever may happen."""
    name = draw(st.sampled_from(SCHEMES))
    rank = draw(st.sampled_from(Rank.values))
    post = rules(name).scheme.post_of(rank)
    return name, somebody(
        month=date(2026, draw(st.integers(1, 12)), 1),
        rank=rank,
        grade=draw(st.integers(post.lowest, post.highest)),
        education=draw(st.sampled_from(Education.values)),
        certificate=draw(st.sampled_from(["", *Certificate.values])),
        newcomer=draw(st.booleans()),
        worked=draw(st.none() | st.integers(0, 23).map(Decimal)),
        leave=draw(st.dictionaries(st.sampled_from(LeaveKind.values), halves, max_size=3)),
        factor=draw(st.sampled_from([d(0), d("0.5"), d(1), d("1.2"), d("1.3333")])),
        insurance_base=draw(st.none() | yuan(1, 40_000)),
        month_of_work=draw(st.integers(1, 13)),
        special=draw(yuan(0, 4_000)),
        held=draw(st.dictionaries(st.sampled_from(["performance", "bonus", "gone"]), yuan(0, 9_000), max_size=2)),
        additions=draw(
            st.lists(
                st.builds(Addition, st.just("一次性"), yuan(-3_000, 30_000), st.just(""), st.booleans()), max_size=3
            )
        ),
        last=draw(st.booleans()),
    )


def withheld(months) -> list[tax.Withholding]:
    found, before = [], NEW_YEAR
    for income, insured, special in months:
        found.append(withhold(rules().tax, before, income, insured, special))
        before = found[-1].after
    return found


@QUICK
@given(st.lists(month_figures, min_size=1, max_size=12))
def test_withholding_adds_up_to_the_tax_of_the_year_while_it_never_falls(months):
    found = withheld(months)
    due = [one.due for one in found]
    total = sum(one.tax for one in found)
    assert total == max(due), "what was withheld too much stays until the settlement"
    if due == sorted(due):
        assert total == due[-1]
    assert all(one.tax >= 0 for one in found)


@QUICK
@given(st.lists(month_figures, min_size=12, max_size=12), st.randoms(use_true_random=False))
def test_the_tax_of_a_year_is_that_of_its_sums(months, random):
    """Whatever the months look like: the last due amount is the tax of the year's taxable income (税法 art. 6)."""
    shuffled = list(months)
    random.shuffle(shuffled)
    income, insured, special = (sum(column, ZERO) for column in zip(*months, strict=True))
    taxable = max(income - 60_000 - insured - special, ZERO)
    # by slices, as the law writes it, instead of by quick deductions
    limits = [d(0), *(row.up_to for row in rules().tax.brackets[:-1])]
    slices = [
        max(min(taxable, row.up_to or taxable) - low, ZERO) * row.rate
        for low, row in zip(limits, rules().tax.brackets, strict=True)
    ]
    assert withheld(months)[-1].due == withheld(shuffled)[-1].due == fen(sum(slices, ZERO))


@QUICK
@given(st.lists(month_figures, min_size=12, max_size=12), st.integers(0, 11), yuan(0, 50_000))
def test_who_earns_more_keeps_more_over_the_year(months, place, more):
    raised = [
        (income + more, insured, special) if number == place else (income, insured, special)
        for number, (income, insured, special) in enumerate(months)
    ]

    def kept(year) -> Decimal:
        return sum((income - insured for income, insured, _ in year), ZERO) - sum(one.tax for one in withheld(year))

    assert kept(raised) >= kept(months)


@QUICK
@given(yuan(0, 2_000_000))
def test_a_bonus_taxed_apart_is_never_all_gone(bonus):
    found, _ = bonus_apart(rules().tax, bonus)
    assert 0 <= found <= bonus * d("0.45")


@QUICK
@given(people())
def test_a_slip_balances(case):
    name, person = case
    slip = month_slip(rules(name), person)
    untaxed = sum((line.amount for line in slip.lines if line.key == "untaxed"), ZERO)
    assert slip.net + slip.withholding.tax + slip.insurance == slip.gross + untaxed
    assert slip.net >= 0
    assert slip.withholding.tax >= 0
    assert slip.gross == sum((line.amount for line in slip.lines if line.key != "untaxed"), ZERO)
    assert slip.insurance == sum((one.employee for one in slip.contributions), ZERO)
    added = sum((one.amount for one in person.additions if not one.taxed), ZERO)
    assert slip.employer == slip.gross + sum((one.employer for one in slip.contributions), ZERO) + added
    for amount in (slip.gross, slip.net, slip.insurance, slip.employer, *(line.amount for line in slip.lines)):
        assert amount == fen(amount), "to the fen"
    # attendance can take a month's items, never more, and what was kept stays
    earned = sum((line.amount for line in slip.lines if line.key not in ("untaxed", "added")), ZERO)
    assert earned >= 0
    assert all(value >= 0 for key, value in slip.held.items() if key != "advance")


@QUICK
@given(people())
def test_nothing_that_was_kept_is_lost(case):
    """What earlier months earned is paid now or still kept: as an amount when the factor is 1."""
    name, person = case
    with_it = month_slip(rules(name), somebody(**{**_given(person), "factor": d(1)}))
    without = month_slip(rules(name), somebody(**{**_given(person), "factor": d(1), "held": {}}))

    def all_of(slip) -> Decimal:
        return slip.gross + sum((value for key, value in slip.held.items() if key != "advance"), ZERO)

    # a monthly item is rounded once with what it kept
    assert abs(all_of(with_it) - all_of(without) - sum(person.held.values(), ZERO)) <= d("0.01")


def _given(person) -> dict:
    return {name: getattr(person, name) for name in person.__slots__}


@FEW
@given(people(), st.randoms(use_true_random=False))
def test_the_order_of_items_does_not_matter(case, random):
    name, person = case
    table = tables(name)
    random.shuffle(table["pay_scheme"]["items"])
    random.shuffle(table["insurance"]["items"])
    found, shuffled = month_slip(rules(name), person), month_slip(rules_of(table), person)
    assert (found.gross, found.net, found.insurance, found.employer) == (
        shuffled.gross, shuffled.net, shuffled.insurance, shuffled.employer,
    )  # fmt: skip
    assert sorted(found.lines) == sorted(shuffled.lines)
    assert found.held == shuffled.held


@FEW
@given(people())
def test_the_same_again_is_the_same(case):
    name, person = case
    assert month_slip(rules(name), person) == month_slip(rules_of(tables(name)), person)


# --- tables: whatever is broken in them is found


def test_shipped_tables_are_whole():
    for name in (*SCHEMES, "jilin", "three_bands", "reference_grades"):
        found = tables(name)
        assert scheme.problems(found["pay_scheme"]) == []
        assert insurance.problems(found["insurance"]) == []
        assert tax.problems(found["income_tax"]) == []


@FEW
@given(st.sampled_from(SCHEMES), st.data())
def test_every_hole_and_overlap_of_a_scheme_is_found(name, data):
    table = tables(name)["pay_scheme"]
    grades, posts, items = table["grades"], table["posts"], table["items"]
    place = data.draw(st.integers(0, len(grades) - 2))
    column = "coefficient" if d(str(grades[1]["coefficient"])) else "amount"
    post = data.draw(st.sampled_from(posts))
    broken = data.draw(
        st.sampled_from(
            ["hole", "twice", "falling", "level", "no number", "fraction", "rank twice", "rank missing", "rank unknown",
             "beyond", "start low", "start high", "item twice", "no key", "reserved", "no source", "no amount"]
        )
    )  # fmt: skip
    match broken:
        case "hole":
            del grades[place]
        case "twice":
            grades.append(dict(grades[place]))
        case "falling":
            grades[place][column], grades[place + 1][column] = grades[place + 1][column], grades[place][column]
        case "level":
            grades[place + 1][column] = grades[place][column]
        case "no number":
            grades[place][column] = data.draw(st.sampled_from(["", "NaN", "Infinity", "一", "1,000", None]))
        case "fraction":
            grades[place]["grade"] = data.draw(st.sampled_from(["1.5", 1.5, "x"]))
        case "rank twice":
            posts.append({**post, "label": "重复"})
        case "rank missing":
            post["ranks"] = post["ranks"][1:]
        case "rank unknown":
            post["ranks"] = [*post["ranks"], "mayor"]
        case "beyond":
            post["highest"] = len(grades) + 1
        case "start low":
            post["start"] = post["lowest"] - 1
        case "start high":
            post["start"] = post["highest"] + 1
        case "item twice":
            items.append({**items[0], "label": "另一项"})
        case "no key":
            items[0]["key"] = ""
        case "reserved":
            items[0]["key"] = "advance"
        case "no source":
            items[0]["source"] = "formula"
        case "no amount":
            items[0].update(source="fixed", amount="0")
    assert scheme.problems(table), broken


@FEW
@given(st.data())
def test_every_hole_and_overlap_of_the_tax_table_is_found(data):
    table = tables("jiangyuan")["income_tax"]
    rows = table["brackets"]
    place = data.draw(st.integers(1, len(rows) - 2))
    broken = data.draw(
        st.sampled_from(["hole", "twice", "order", "no end", "early end", "rate", "quick", "no number", "day", "none"])
    )
    match broken:
        case "hole":
            del rows[data.draw(st.integers(0, len(rows) - 1))]
        case "twice":
            rows.insert(place, dict(rows[place]))
        case "order":
            rows[place], rows[place - 1] = rows[place - 1], rows[place]
        case "no end":
            rows[-1]["up_to"] = "10000000"
        case "early end":
            rows[place]["up_to"] = "0"
        case "rate":
            rows[place]["rate"] = rows[place - 1]["rate"]
        case "quick":
            rows[place]["quick"] = str(d(rows[place]["quick"]) + data.draw(st.sampled_from([d("0.01"), d(-1)])))
        case "no number":
            rows[place][data.draw(st.sampled_from(["up_to", "rate", "quick"]))] = "NaN"
        case "day":
            table["bonus_until"] = "2027-13-31"
        case "none":
            table["brackets"] = []
    assert tax.problems(table), broken


@FEW
@given(st.data())
def test_every_fault_of_the_insurance_table_is_found(data):
    table = tables("jiangyuan")["insurance"]
    row = data.draw(st.sampled_from(table["items"]))
    broken = data.draw(
        st.sampled_from(
            ["twice", "key", "crossed", "item crossed", "rate", "negative", "month", "no number", "floor", "none"]
        )
    )
    match broken:
        case "twice":
            table["items"].append({**row, "key": "other"})
        case "key":
            table["items"].append({**row, "label": "另一险种"})
        case "crossed":
            table["floor"], table["ceiling"] = table["ceiling"], table["floor"]
        case "item crossed":
            row["floor"], row["ceiling"] = "9000", "8999.99"
        case "rate":
            row["employer"] = "50.01"
        case "negative":
            row["employee"] = "-0.1"
        case "month":
            row["from_month"] = data.draw(st.sampled_from([0, 13, "1.5"]))
        case "no number":
            row["employer"] = "NaN"
        case "floor":
            table["floor"] = "0"
        case "none":
            table["items"] = []
    assert insurance.problems(table), broken
