"""Search in Chinese text: whatever the database does to be quick, the answer is that of plain Python."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common.pages import keyset
from common.pages.keyset import Ordering, paginate
from petitions import selectors
from petitions.choices import State
from petitions.models import Petition
from tests.factories.petitions import make_petition

pytestmark = pytest.mark.django_db

RECEIVED = Ordering("received", "接收时间", "received_at", descending=True)
DUE = Ordering("due", "时限", "due_at")
# Case, full width, rare characters outside the basic plane, emoji, and what LIKE, SQL and JSON treat specially.
ODD = "物业公司的aAＡａBb7７%_\\'\"🏠👨‍👩‍👧𠮷㐱ÄäКк×-，。"
START = datetime(2026, 9, 1, 8, tzinfo=UTC)


@pytest.fixture
def texts(desk):
    """Forty tickets of two communities, their texts drawn from few odd characters so that words are common."""
    drawn = random.Random(1)
    officer = desk.user("district_officer")
    for number in range(40):
        text = "".join(drawn.choices(ODD, k=drawn.randint(1, 30)))
        place = "".join(drawn.choices(ODD, k=drawn.randint(0, 6)))
        unit = desk.tree.community if number % 3 else desk.tree.other_community
        # Several tickets of the same moment: the key decides their order.
        received = START + timedelta(hours=number // 3)
        make_petition(officer, unit=unit, text=text, place=place, title=f"第{number}件", received_at=received)
    Petition.objects.filter(pk=Petition.objects.order_by("pk")[7].pk).update(due_at=None)
    return desk


def words_to_try() -> list[str]:
    drawn = random.Random(2)
    pairs = ["".join(drawn.choices(ODD, k=length)) for length in (2, 2, 2, 3, 3, 4) for _ in range(4)]
    return ["物业", "业物", "公司", "aa", "AＡ", "ＡA", "%", "_", "\\", "%_", "_物", "\\\\", "''", "𠮷", "𠮷㐱", "🏠",
            "第1", "件 物业", "司 的 a", "äÄ", "кК", "没有的词", *pairs]  # fmt: skip


def lowered(text: str) -> str:
    """Character by character, as PostgreSQL does: no character becomes two."""
    return "".join(char.lower() if len(char.lower()) == 1 else char for char in text)


def expected(rows: list[Petition], words: str) -> list[Petition]:
    def has(row: Petition, word: str) -> bool:
        return lowered(word) in lowered(f"{row.title} {row.text} {row.place}")

    return [row for row in rows if all(has(row, word) for word in words.split())]


def pages(rows, ordering: Ordering, size: int = 7) -> tuple[list[Petition], set[str]]:
    """The list read forward page by page and back again: both ways the same rows, in the same order."""
    forward, params, counts = [], {}, set()
    while True:
        page = paginate(rows(), ordering, params, size)
        forward.append(page.rows)
        counts.add(page.count_text)
        if not page.after:
            break
        params = {"after": page.after}
    for earlier in reversed(forward[:-1]):
        page = paginate(rows(), ordering, {"before": page.before}, size)
        assert page.rows == earlier
    assert page.before == ""
    return [row for part in forward for row in part], counts


@pytest.mark.parametrize(("cap", "stretch"), [(1000, 3000), (2, 3000), (2, 9), (2, 1)])
@pytest.mark.parametrize("role", ["district_officer", "community_worker"])
def test_every_way_to_find_a_page_gives_the_rows_of_plain_python(texts, monkeypatch, cap, stretch, role):
    """Few rows with the words; many, and near in the list; many, and far off."""
    monkeypatch.setattr(keyset, "COUNT_CAP", cap)
    monkeypatch.setattr(keyset, "STRETCH", stretch)
    visible = Petition.objects.visible_to(texts.user(role))
    newest = sorted(visible, key=lambda row: (row.received_at, row.pk), reverse=True)
    found_any = 0
    for words in words_to_try():
        wanted = expected(newest, words)
        found, counts = pages(lambda words=words: selectors.search(visible, words), RECEIVED)
        assert found == wanted, words
        count = f"{cap:,} 条以上" if len(wanted) > cap else f"{len(wanted):,} 条"
        assert counts == {count}, words
        found_any += bool(wanted)
    assert found_any > 15


@pytest.mark.parametrize("cap", [1000, 2])
def test_an_order_without_a_walk_is_cut_from_what_the_index_finds(texts, monkeypatch, cap):
    monkeypatch.setattr(keyset, "COUNT_CAP", cap)
    visible = Petition.objects.visible_to(texts.user("district_officer"))
    last = datetime.max.replace(tzinfo=UTC)
    by_due = sorted(visible, key=lambda row: (row.due_at or last, row.pk))
    for words in ("物业", "件", "aa", "第1", "没有的词"):
        assert pages(lambda words=words: selectors.search(visible, words), DUE)[0] == expected(by_due, words), words


def test_a_page_of_common_words_never_reads_more_than_a_stretch_of_the_list(texts, monkeypatch):
    monkeypatch.setattr(keyset, "COUNT_CAP", 2)
    monkeypatch.setattr(keyset, "STRETCH", 20)
    found = selectors.search(Petition.objects.visible_to(texts.user("district_officer")), "第1")
    with CaptureQueriesContext(connection) as near:
        assert len(paginate(found, RECEIVED, {}, 1).rows) == 1
    with CaptureQueriesContext(connection) as far:
        assert len(paginate(found, RECEIVED, {}, 9).rows) == 9
    probe, end, walk = (query["sql"] for query in near)
    assert "cjk_bigram" in probe
    assert "LIMIT 3" in probe
    assert "OFFSET 20" in end
    assert '"received_at" >=' in walk
    assert "cjk_bigram" not in walk
    assert len(far) == 4  # eleven of forty have it, most of them old: the index is asked after all
    assert "cjk_bigram" in far[3]["sql"]


def test_what_narrows_a_search_further_is_never_left_out(texts, monkeypatch):
    """The walk knows the rows of the search only: a clone forgets it."""
    monkeypatch.setattr(keyset, "COUNT_CAP", 2)
    texts.bring_to(State.CLOSED, text="第1件物业公司的事")
    found = selectors.search(Petition.objects.visible_to(texts.user("district_officer")), "物业")
    assert found.searched is not None
    ended = found.filter(state=State.CLOSED)
    assert ended.searched is None
    assert [row.text for row in paginate(ended, RECEIVED, {}, 20).rows] == ["第1件物业公司的事"]


def test_outside_the_scope_nothing_is_found(texts, monkeypatch):
    monkeypatch.setattr(keyset, "COUNT_CAP", 2)
    from tests.factories.accounts import make_user

    other = make_user("community_worker", texts.tree.other_community)
    rows = paginate(selectors.search(Petition.objects.visible_to(other), "件"), RECEIVED, {}, 50).rows
    assert {row.community for row in rows} == {texts.tree.other_community}
    assert len(rows) == 14
