"""``kill -9`` while points move: what was answered is there, what was not is there whole or not at all."""

from __future__ import annotations

import subprocess

import pytest

from tests.running_site import Site, wait_until

pytestmark = [pytest.mark.fault, pytest.mark.timeout(240)]

KNOWN = "SELECT count(*) FROM volunteers_entry WHERE key = ANY(%s)"
ENTRIES = "SELECT count(*) FROM volunteers_entry WHERE key LIKE %s"


def poster(site: Site, way: str = "run") -> subprocess.Popen[str]:
    started = site.launch("-m", "tests.prepare_site", "points")
    started.stdin.write(f"{way}\n")
    started.stdin.flush()
    return started


def lines(process: subprocess.Popen[str], count: int) -> list[str]:
    return [process.stdout.readline().strip() for _ in range(count)]


def test_a_killed_posting_leaves_nothing_or_everything(site, moments):
    for _ in range(5):
        process = poster(site)
        answered = lines(process, moments.randint(20, 200))
        process.kill()
        answered += [key for key in process.communicate()[0].split("\n")[:-1] if key]
        number = answered[0].split(":")[0]
        assert site.number(KNOWN, answered) == len(answered)
        # At most one more, committed but not said.
        assert len(answered) <= site.number(ENTRIES, f"{number}:%") <= len(answered) + 1
    site.assert_ledger_is_true()


def test_a_posting_killed_before_its_commit_never_was(site):
    process = poster(site, "hold")
    *answered, opened = lines(process, 11)
    assert opened == "open"
    process.kill()
    process.communicate()
    number = answered[0].split(":")[0]
    wait_until(
        lambda: site.number("SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%%'") == 0,
        "the server has noticed",
    )
    assert site.number(ENTRIES, f"{number}:%") == len(answered) == 10
    assert (
        site.number("SELECT count(*) FROM volunteers_line WHERE entry_id NOT IN (SELECT id FROM volunteers_entry)") == 0
    )
    site.assert_ledger_is_true()


def test_killing_postgresql_loses_no_answered_points(site):
    process = poster(site)
    answered = lines(process, 50)
    site.kill("postgres")
    answered += [key for key in process.communicate()[0].split("\n") if key]
    site.revive("postgres")
    assert site.number(KNOWN, answered) == len(answered)
    site.assert_ledger_is_true()
