"""``kill -9`` in the middle of a redemption or of a month's pay: it happened whole, or not at all; the books stay true."""

from __future__ import annotations

import http.client
import json
import threading
import urllib.parse
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.prepare_pay import PEOPLE
from tests.prepare_shop import STOCK
from tests.running_site import Site, wait_until

pytestmark = [pytest.mark.fault, pytest.mark.timeout(240)]
TOKEN = "a" * 32
STATE = """SELECT (SELECT count(*) FROM volunteers_redemption), (SELECT count(*) FROM volunteers_entry),
    (SELECT count(*) FROM volunteers_stockmove), (SELECT count(*) FROM common_event),
    (SELECT sum(stock) FROM volunteers_product), (SELECT sum(balance) FROM volunteers_account),
    (SELECT sum(last) FROM common_numberseries WHERE key LIKE 'redemption:%%')"""
LEDGER = """SELECT
    (SELECT coalesce(sum(amount), 0) FROM volunteers_line),
    (SELECT count(*) FROM volunteers_account AS a WHERE a.balance <> (
        SELECT coalesce(sum(amount), 0) FROM volunteers_line AS l WHERE l.account_id = a.id)),
    (SELECT count(*) FROM volunteers_product AS p WHERE p.stock <> (
        SELECT coalesce(sum(change), 0) FROM volunteers_stockmove AS m WHERE m.product_id = p.id)),
    (SELECT count(*) FROM volunteers_redemption AS r WHERE 1 <> (
        SELECT count(*) FROM volunteers_entry AS e WHERE e.redemption_id = r.id) OR 1 <> (
        SELECT count(*) FROM volunteers_stockmove AS m WHERE m.redemption_id = r.id))"""


@pytest.fixture(scope="module")
def shop(site: Site) -> dict[str, Any]:
    return json.loads(site.run("-m", "tests.prepare_shop"))


def assert_books_are_true(site: Site) -> None:
    assert [int(value) for value in site.query(LEDGER)[0]] == [0, 0, 0, 0]
    site.assert_history_holds()


def test_killed_halfway_nothing_has_happened_and_the_request_can_be_repeated(site, shop):
    volunteer = next(iter(shop["sessions"]))
    key = uuid.uuid4()
    before = site.query(STATE)
    worker = site.launch("-m", "tests.prepare_shop", "stop", str(shop["product"]), volunteer, str(key))
    assert worker.stdout is not None
    assert worker.stdout.readline() == "halfway\n"
    worker.kill()
    worker.wait()
    assert site.query(STATE) == before
    location = redeem(site, shop, volunteer, key)
    assert location is not None
    assert redeem(site, shop, volunteer, key) == location, "asked again, the same redemption"
    (after,) = site.query(STATE)
    assert (after[0], after[4], after[6]) == (before[0][0] + 1, before[0][4] - 1, (before[0][6] or 0) + 1)
    assert_books_are_true(site)


def redeem(site: Site, shop: dict[str, Any], volunteer: str, key: uuid.UUID) -> str | None:
    """One POST of the own page; where it leads, or ``None`` when there was no proper answer."""
    body = urllib.parse.urlencode({"quantity": "1", "submission": str(key), "csrfmiddlewaretoken": TOKEN})
    cookies = f"{shop['cookie']}={shop['sessions'][volunteer]}; {shop['csrf']}={TOKEN}"
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=20)
    try:
        connection.request(
            "POST", f"/my/shop/{shop['product']}/", body,
            {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookies},
        )  # fmt: skip
        answer = connection.getresponse()
        return answer.getheader("Location") if answer.status == 302 else None
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


class Redeemers:
    """Volunteers who redeem without pause, and repeat a request that was not answered."""

    def __init__(self, site: Site, shop: dict[str, Any]) -> None:
        self.site, self.shop = site, shop
        self.stopped = threading.Event()
        self.answered: list[str] = []
        self.threads = [threading.Thread(target=self._work, args=(who,), daemon=True) for who in shop["sessions"]]

    def _work(self, volunteer: str) -> None:
        while not self.stopped.is_set():
            key = uuid.uuid4()
            location = redeem(self.site, self.shop, volunteer, key)
            while location is None:
                self.stopped.wait(0.2)
                location = redeem(self.site, self.shop, volunteer, key)
            self.answered.append(location)

    def wait_for(self, more: int) -> None:
        target = len(self.answered) + more
        wait_until(lambda: len(self.answered) >= target, f"{more} more redemptions")


@pytest.fixture
def redeemers(site: Site, shop: dict[str, Any]) -> Iterator[Redeemers]:
    running = Redeemers(site, shop)
    for thread in running.threads:
        thread.start()
    yield running
    running.stopped.set()


def test_killing_web_and_database_loses_no_answered_redemption_and_doubles_none(site, shop, redeemers):
    known = site.number("SELECT count(*) FROM volunteers_redemption")
    for part in ("web", "postgres"):
        redeemers.wait_for(12)
        site.kill(part)
        site.revive(part)
    redeemers.wait_for(12)
    redeemers.stopped.set()
    for thread in redeemers.threads:
        thread.join(60)
    keys = [int(location.rstrip("/").rsplit("/", 1)[1]) for location in redeemers.answered]
    assert len(keys) == len(set(keys)) >= 36
    assert site.number("SELECT count(*) FROM volunteers_redemption") == known + len(keys)
    assert site.number("SELECT count(*) FROM volunteers_redemption WHERE id = ANY(%s)", keys) == len(keys)
    assert site.number("SELECT stock FROM volunteers_product WHERE id = %s", shop["product"]) == STOCK - known - len(
        keys
    )
    numbers = [number for (number,) in site.query("SELECT number FROM volunteers_redemption ORDER BY number")]
    assert len(numbers) == site.number("SELECT sum(last) FROM common_numberseries WHERE key LIKE 'redemption:%%'")
    assert_books_are_true(site)


# --- a month's pay


def test_a_worker_killed_halfway_through_a_month_leaves_no_slip_and_another_goes_on(site):
    site.kill("worker")
    pay = json.loads(site.run("-m", "tests.prepare_pay"))
    worker = site.launch("-m", "tests.prepare_pay", "stop", str(pay["job"]))
    assert worker.stdout is not None
    assert worker.stdout.readline() == "halfway\n"
    worker.kill()
    worker.wait()
    assert site.number("SELECT count(*) FROM staff_slip") == 0
    assert site.query("SELECT state, people FROM staff_payrun WHERE id = %s", pay["run"]) == [("draft", 0)]
    assert site.query("SELECT status FROM common_job WHERE id = %s", pay["job"]) == [("running",)]

    site.revive("worker")
    done = "SELECT count(*) FROM common_job WHERE id = %s AND status = 'done'"
    wait_until(lambda: site.number(done, pay["job"]) == 1, "another worker has calculated the month")
    assert site.query("SELECT count(*), count(DISTINCT worker_id) FROM staff_slip") == [(PEOPLE, PEOPLE)]
    assert site.query("SELECT state, people FROM staff_payrun WHERE id = %s", pay["run"]) == [("calculated", PEOPLE)]
    sums = "SELECT sum(s.net) = r.net FROM staff_slip AS s JOIN staff_payrun AS r ON r.id = s.run_id GROUP BY r.net"
    assert site.query(sums) == [(True,)]
    site.assert_history_holds()
