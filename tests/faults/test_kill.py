"""``kill -9`` at any moment: no registered ticket, reminder or report is lost, and none is doubled."""

from __future__ import annotations

import threading

import pytest

from tests.faults.conftest import Clients
from tests.running_site import Site, wait_until

pytestmark = [pytest.mark.fault, pytest.mark.timeout(240)]

CARDS = "SELECT count(*) FROM petitions_supervisioncard"
TWICE = (
    "SELECT count(*) FROM (SELECT 1 FROM petitions_supervisioncard GROUP BY clock_id, level HAVING count(*) > 1) AS x"
)
DUE = "SELECT count(*) FROM petitions_clock WHERE stopped_at IS NULL AND next_at <= now()"
MESSAGES = "SELECT count(*) FROM accounts_notification"
OPEN_JOBS = "SELECT count(*) FROM common_job WHERE status IN ('queued', 'running')"


def assert_each_ticket_is_there_once(site: Site, clients: Clients) -> None:
    assert clients.sent
    stored = dict(site.query("SELECT text, number FROM petitions_petition WHERE text = ANY(%s)", list(clients.sent)))
    assert stored == clients.sent
    assert site.number("SELECT count(*) FROM petitions_petition WHERE text LIKE '第%%号窗口%%'") >= len(clients.sent)
    twice = "SELECT count(*) FROM (SELECT text FROM petitions_petition WHERE text LIKE '第%%号窗口%%' GROUP BY text HAVING count(*) > 1) AS x"
    assert site.number(twice) == 0


def assert_each_card_was_sent_once(site: Site) -> None:
    wait_until(lambda: site.number(DUE) == 0, "everything due is sent")
    assert site.number(TWICE) == 0
    cards = site.number(CARDS)
    assert cards > 0
    assert site.number("SELECT count(*) FROM common_event WHERE kind = 'petition.card'") == cards
    # Every card told its unit or department, and every message belongs to a card.
    missing = """SELECT count(*) FROM petitions_supervisioncard AS c WHERE NOT EXISTS (
        SELECT 1 FROM accounts_notification AS n WHERE n.dedupe_key LIKE 'clock:' || c.clock_id || ':' || c.level || ':%%')"""
    assert site.number(missing) == 0
    assert site.number(MESSAGES) == cards


def test_killing_the_worker_loses_and_doubles_no_reminder_and_no_report(site, moments):
    reports = site.number("SELECT count(*) FROM common_job") + 6  # other tests of this site may have run before
    drip = site.launch("-m", "tests.prepare_site", "drip", "12")
    site.run("-m", "tests.prepare_site", "export", "6")
    pause = threading.Event()
    while drip.poll() is None:
        pause.wait(moments.uniform(0.3, 2.0))
        site.kill("worker")
        site.revive("worker")
    made = int(drip.communicate()[0])
    assert made > 50
    wait_until(lambda: site.number(OPEN_JOBS) == 0, "all reports are written", 90)
    states = dict(site.query("SELECT status, count(*) FROM common_job GROUP BY status"))
    assert states == {"done": reports}
    files = [name for (name,) in site.query("SELECT result_file FROM common_job")]
    assert len(set(files)) == reports
    assert all((site.folder / "files" / name).stat().st_size > 0 for name in files)
    assert_each_card_was_sent_once(site)
    assert site.number(CARDS) == 2 * site.number(
        "SELECT count(*) FROM petitions_petition WHERE received_at < now() - interval '30 days'"
    )
    site.assert_history_holds()


def test_killing_beat_delays_but_loses_no_reminder(site):
    site.kill("beat")
    drip = site.launch("-m", "tests.prepare_site", "drip", "1")
    assert int(drip.communicate(timeout=60)[0]) > 0
    site.kill("worker")
    site.revive("worker")
    site.revive("beat")
    assert_each_card_was_sent_once(site)


def test_killing_the_broker_loses_no_ticket_no_reminder_and_no_report(site):
    done = site.number("SELECT count(*) FROM common_job WHERE status = 'done'")
    with Clients(site) as clients:
        clients.wait_for(20)
        site.kill("broker")
        clients.wait_for(20)  # tickets are taken while the broker is down
        site.run("-m", "tests.prepare_site", "export", "2")
        drip = site.launch("-m", "tests.prepare_site", "drip", "1")
        drip.communicate(timeout=60)
        site.revive("broker")
        clients.wait_for(20)
    assert_each_ticket_is_there_once(site, clients)
    wait_until(lambda: site.number("SELECT count(*) FROM common_job WHERE status = 'done'") == done + 2, "the reports")
    assert_each_card_was_sent_once(site)


def test_killing_postgresql_loses_no_answered_ticket(site):
    with Clients(site) as clients:
        for _ in range(2):
            clients.wait_for(15)
            site.kill("postgres")
            site.revive("postgres")
        clients.wait_for(15)
    assert_each_ticket_is_there_once(site, clients)
    drip = site.launch("-m", "tests.prepare_site", "drip", "1")
    assert int(drip.communicate(timeout=60)[0]) > 0
    assert_each_card_was_sent_once(site)
    site.assert_history_holds()


def test_killing_a_web_process_loses_no_answered_ticket(site):
    with Clients(site) as clients:
        clients.wait_for(10)
        site.kill("web")
        site.revive("web")
        clients.wait_for(10)
    assert_each_ticket_is_there_once(site, clients)
