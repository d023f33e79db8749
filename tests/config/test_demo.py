"""The small demo: every state and role, clocks and chains that hold, texts without a flaw."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter, defaultdict
from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.core.files import File
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.models import AutoField, F
from django.test import RequestFactory
from knox.auth import TokenAuthentication

from accounts.models import Notification, RoleAssignment, User
from accounts.roles import ROLE_RULES, Role
from common import events as history
from common.decisions import Denied
from common.models import Event
from common.uploads import check_file
from grid.choices import Level
from grid.models import Household, PostHolding, Unit
from partyorgs import policies as party_policies
from partyorgs.choices import OrganisationKind
from partyorgs.models import PartyOrganisation
from petitions import clocks
from petitions.choices import OPEN_STATES, CardLevel, Channel, ClockKind, Kind, Satisfaction, State
from petitions.models import MAX_TEXT, Assignment, Attachment, Clock, Contact, Petition, Petitioner, SupervisionCard
from petitions.services.chase import sweep
from petitions.workflow import FLOW
from staff.models import Forecast, FundEntry
from staff.selectors.funds import faults
from tests.config.demo_support import NOW, load, rolled_back


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker, tmp_path_factory):
    """One small demo for the whole module; tests only read it."""
    with django_db_blocker.unblock(), rolled_back():
        yield load(tmp_path_factory.mktemp("demo"), small=True)


def by_ticket(model, order="pk"):
    rows = defaultdict(list)
    for row in model.objects.order_by(order):
        rows[row.petition_id].append(row)
    return rows


def test_the_hierarchy_has_the_promised_size(demo):
    assert Counter(Unit.objects.values_list("level", flat=True)) == {
        Level.DISTRICT: 1, Level.STREET: 3, Level.COMMUNITY: 6, Level.GRID: 12, Level.BUILDING_GROUP: 60,
    }  # fmt: skip
    assert Household.objects.count() == 1500
    assert Petition.objects.count() == 300
    for unit in Unit.objects.select_related("parent"):
        assert unit.path == f"{unit.parent.path if unit.parent else ''}{unit.code}/"
        assert unit.pinyin


def test_every_state_channel_kind_and_verdict_is_there(demo):
    assert set(Petition.objects.values_list("state", flat=True)) == set(State.values)
    assert set(Petition.objects.values_list("channel", flat=True)) == set(Channel.values)
    assert set(Petition.objects.values_list("kind", flat=True)) == set(Kind.values)
    assert set(Petition.objects.exclude(satisfaction="").values_list("satisfaction", flat=True)) == set(
        Satisfaction.values
    )
    assert set(SupervisionCard.objects.values_list("level", flat=True)) == set(CardLevel.values)
    for field in ("reworks", "returns", "extensions", "dissatisfactions"):
        assert Petition.objects.filter(**{f"{field}__gt": 0}).exists(), field
    assert Petition.objects.filter(excluded_at__isnull=False).exists()
    assert Petition.objects.filter(is_anonymous=True).exists()


def test_open_tickets_look_alive(demo):
    opened = Petition.objects.open()
    assert opened.filter(state__in=OPEN_STATES).count() >= 36
    assert opened.overdue(NOW).exists()
    assert opened.due_today(NOW).count() >= 4
    assert opened.filter(due_at__gt=NOW + timedelta(days=1)).exists()
    assert opened.filter(received_at__gt=NOW - timedelta(days=1)).exists()
    for state in OPEN_STATES:
        assert opened.filter(state=state).count() >= 3, state


def test_history_verifies(demo):
    assert list(history.verify()) == []


def test_community_funds_are_what_their_entries_say(demo):
    assert list(faults()) == []
    assert set(FundEntry.objects.values_list("state", flat=True)) == {"proposed", "approved"}
    assert not FundEntry.objects.filter(decided_by=F("entered_by")).exists()
    assert Forecast.objects.get().difference > 0


def test_the_chains_tell_the_states(demo):
    """Every event is one the workflow table allows in the state before it."""
    actions = {(action.event, state): action for action in FLOW.actions.values() for state in action.from_states}
    chains = defaultdict(list)
    for event in Event.objects.filter(object_type="petitions.petition").order_by("stream", "seq"):
        chains[event.stream].append(event)
    aside = {"petition.card", "petition.card_answered", "petition.registered"}
    for petition in Petition.objects.all():
        state, last = State.REGISTERED, petition.received_at
        for event in chains[petition.stream]:
            assert last <= event.at <= NOW, petition.number
            last = event.at
            if event.kind == "petition.voided":
                state = State.VOIDED
            elif event.kind not in aside:
                action = actions.get((event.kind, state))
                assert action is not None, (petition.number, event.kind, state)
                state = action.to_state or state
        assert state == petition.state, petition.number


def test_clocks_agree_with_the_tickets(demo):
    running = defaultdict(list)
    for clock in Clock.objects.order_by("pk"):
        assert clock.due_at >= clock.started_at
        if clock.stopped_at is None:
            running[clock.petition_id].append(clock)
    for petition in Petition.objects.all():
        mine = running[petition.pk]
        assert len({clock.kind for clock in mine}) == len(mine)
        assert petition.due_at == clocks.nearest(mine)
        if not petition.is_open:
            assert mine == []
        if petition.state == State.SUSPENDED:
            assert mine
            assert all(clock.paused_at for clock in mine)


def test_the_marks_follow_from_the_clocks(demo):
    stopped = defaultdict(dict)
    for clock in Clock.objects.filter(stopped_at__isnull=False).order_by("pk"):
        stopped[clock.petition_id].setdefault(clock.kind, []).append(clock)
    checked = 0
    for petition in Petition.objects.filter(returns=0, signed_at__isnull=False):
        for kind, moment, mark in (
            (ClockKind.SIGN, petition.signed_at, petition.sign_in_time),
            (ClockKind.CONTACT, petition.contacted_at, petition.contact_in_time),
        ):
            for clock in stopped[petition.pk].get(kind, ()):
                if clock.stopped_at == moment:
                    assert mark is (moment <= clock.due_at)
                    checked += 1
    assert checked > 300


def test_nothing_is_left_for_the_first_sweep(demo):
    assert sweep(NOW) == 0


def test_cards_came_when_they_were_due_and_once(demo):
    seen = set()
    for card in SupervisionCard.objects.select_related("clock"):
        assert card.due_at <= card.issued_at <= NOW
        assert (card.clock_id, card.level, card.reason) not in seen
        seen.add((card.clock_id, card.level, card.reason))
        assert bool(card.answer) == (card.answered_at is not None) == (card.answered_by_id is not None)
    assert Notification.objects.filter(read_at=None).exists()


def test_assignments_contacts_and_petitioners_belong_to_their_tickets(demo):
    given, contacts = by_ticket(Assignment), by_ticket(Contact)
    petitioners = {row.petition_id: row for row in Petitioner.objects.all()}
    for petition in Petition.objects.all():
        open_leads = [row for row in given[petition.pk] if row.role == "lead" and row.ended_at is None]
        assert len(open_leads) == (1 if petition.is_open and petition.lead else 0), petition.number
        for row in open_leads:
            assert (row.unit_id, row.department_id) == (petition.lead_unit_id, petition.lead_department_id)
        assert (petition.contacted_at is not None) == bool(contacts[petition.pk])
        assert petition.is_anonymous == (petition.pk not in petitioners)
        if petition.solved is not None:
            assert petitioners[petition.pk].phone


def test_pictures_are_what_they_say(demo):
    rows = list(Attachment.objects.all())
    assert len(rows) >= 3
    assert {row.name for row in rows} >= {"现场1.png"}
    for row in rows:
        with default_storage.open(row.file) as file:
            content = file.read()
            file.seek(0)
            checked = check_file(File(file, name=row.name))
        assert (len(content), hashlib.sha256(content).hexdigest()) == (row.size, row.sha256)
        assert checked == row.content_type == "image/png"


def test_places_are_frozen_on_the_ticket(demo):
    units = {unit.pk: unit for unit in Unit.objects.all()}
    for petition in Petition.objects.all():
        path = units[petition.unit_id].path_codes
        for level, key in ((1, petition.street_id), (2, petition.community_id), (3, petition.grid_id)):
            assert (units[key].code if key else None) == (path[level] if len(path) > level else None)


def test_two_named_accounts_per_role_can_sign_in(demo):
    assert demo["address"] is None
    assert demo["district"] == "jiangyuan"
    labels = Counter(account["role"] for account in demo["accounts"])
    assert labels == {role.label: 2 for role in Role}
    request = RequestFactory().post("/")
    for account in demo["accounts"]:
        user = authenticate(request, username=account["username"], password=account["password"])
        assert user is not None
        assert user.is_demo
        assert not user.must_change_password
        # The rules of content; that it is the present password is the one thing wrong with it.
        validate_password(account["password"], User(username=account["username"], display_name=user.display_name))
        assert TokenAuthentication().authenticate_credentials(account["token"].encode())[0] == user
        assert user.scope
        assert {grant.role for grant in user.scope.grants} == {
            next(role.value for role in Role if role.label == account["role"])
        }
        assert account["unit"] == str(user.assignments.get().seat)


def test_colleagues_cannot_sign_in(demo):
    named = {account["username"] for account in demo["accounts"]}
    colleagues = User.objects.exclude(username__in=named)
    assert colleagues.count() > 50
    assert not [
        user.username for user in colleagues if user.has_usable_password() and not user.password.startswith("!")
    ]
    assert all(user.is_demo for user in colleagues)


def test_roles_sit_where_they_may(demo):
    for row in RoleAssignment.objects.select_related("unit", "department"):
        rule = ROLE_RULES[row.role]
        assert (row.unit.level in rule.levels) if row.unit else rule.department


def test_workers_of_two_communities_do_not_see_each_other(demo):
    first, second = (User.objects.get(username=name) for name in ("shequ1", "shequ2"))
    mine, theirs = (set(Petition.objects.visible_to(user).values_list("pk", flat=True)) for user in (first, second))
    assert mine
    assert theirs
    assert not mine & theirs


@pytest.mark.parametrize(
    "name",
    ["zuzhi1", "jiedao1", "jiedao2", "shequ1", "shequ2", "wangge1", "wangge2", "bumen1", "bumen2", "rexian1"],
)
def test_whoever_signs_in_finds_something_to_do(demo, name):
    user = User.objects.get(username=name)
    assert Petition.objects.visible_to(user).waiting_for(user).exists()


def test_a_building_chief_sees_tickets_of_the_building(demo):
    for name in ("louzhang1", "louzhang2"):
        user = User.objects.get(username=name)
        rows = Petition.objects.visible_to(user)
        assert rows.exists()
        assert {row.unit_id for row in rows} == {user.assignments.get().unit_id}


def test_posts_have_the_seats_of_the_profile(demo):
    seats = Counter(PostHolding.objects.values_list("unit__level", "post", "seat"))
    assert seats[Level.GRID, "grid_chief", 1] == seats[Level.GRID, "grid_chief", 2] == 12
    assert seats[Level.BUILDING_GROUP, "unit_chief", 2] == 60
    assert (Level.GRID, "grid_worker", 1) not in seats
    holder = PostHolding.objects.get(user__username="wangge1")
    assert holder.unit == holder.user.assignments.get().unit


def test_party_organisations_hang_together(demo):
    rows = PartyOrganisation.objects.select_related("unit__parent", "parent__unit", "household").all()
    for row in rows:
        decision = party_policies.may_hang(row.kind, row.unit, row.parent)
        assert not isinstance(decision, Denied), (row.name, decision)
        assert not isinstance(party_policies.kind_fits(row.kind, row.unit), Denied), row.name
        assert party_policies.size_warning(row.kind, row.members_count, row.unit.level) == "", row.name
        if row.term_first_day:
            assert row.term_last_day == party_policies.term_end(row.term_first_day, row.term_years)
            assert row.term_years == (5 if row.unit.level == Level.COMMUNITY else 3)
    kinds = Counter(row.kind for row in rows)
    assert kinds[OrganisationKind.BRANCH] == 12
    assert kinds[OrganisationKind.COMMITTEE] >= 4
    assert kinds[OrganisationKind.MEMBER_HOUSEHOLD] > 0
    assert all(row.household.unit_id == row.unit_id for row in rows if row.household)


def test_people_are_invented(demo):
    """Telephone numbers come only from ranges that nobody was given."""
    phones = [row.phone for row in Petitioner.objects.all() if row.phone]
    assert len(phones) > 200
    assert not [phone for phone in phones if not re.fullmatch(r"1380000\d{4}|199000\d{5}", phone)]


def test_texts_are_filled_in_and_fit(demo):
    texts = []
    for petition in Petition.objects.all():
        texts += [petition.title, petition.text, petition.reply]
        assert 10 <= len(petition.text) <= MAX_TEXT
        assert 4 <= len(petition.title) <= 100
    texts += Contact.objects.values_list("note", flat=True)
    texts += SupervisionCard.objects.values_list("answer", flat=True)
    assert not [text for text in texts if "{" in text or "}" in text or "None" in text or "。。" in text]
    assert len(set(Petition.objects.values_list("text", flat=True))) > 285


def test_the_next_row_of_every_table_finds_a_free_key(demo):
    """Rows were written with keys of their own: each table's sequence must stand behind the last of them."""
    tables = [model for model in apps.get_models() if isinstance(model._meta.pk, AutoField) and model.objects.exists()]
    assert Attachment in tables
    assert Petition in tables
    for model in tables:
        last = model.objects.order_by("-pk").values_list("pk", flat=True)[0]
        with connection.cursor() as cursor:
            cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [model._meta.db_table])
            assert cursor.fetchone()[0] > last, model


def test_a_second_load_changes_nothing_and_lists_the_accounts_again(demo, tmp_path, capsys):
    before = (Event.objects.count(), Petition.objects.count(), User.objects.count())
    file = tmp_path / "again" / "accounts.json"
    call_command("load_demo", "--accounts-file", str(file))
    assert "未作改动" in capsys.readouterr().out
    assert json.loads(file.read_text("utf-8")) == demo
    assert (Event.objects.count(), Petition.objects.count(), User.objects.count()) == before


class TestRefusals:
    def test_real_data_are_left_alone(self, tree, tmp_path):
        before = Event.objects.count()
        with pytest.raises(CommandError, match="未作任何改动"):
            call_command("load_demo", "--small", "--accounts-file", str(tmp_path / "a.json"))
        assert Event.objects.count() == before
        assert not (tmp_path / "a.json").exists()

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (("--district", "yanji"), "DISTRICT=yanji"),
            (("--today", "yesterday"), "看不懂"),
            (("--petitions", "0"), "正整数"),
        ],
    )
    def test_bad_arguments_get_a_sentence(self, db, arguments, message):
        with pytest.raises(CommandError, match=message):
            call_command("load_demo", *arguments)
        assert not Unit.objects.exists()

    def test_an_interrupted_load_leaves_nothing(self, db, monkeypatch):
        from config.demo.writer import DemoWriter

        def fail(self):
            raise RuntimeError("power cut")

        monkeypatch.setattr(DemoWriter, "_write_tickets", fail)
        with pytest.raises(RuntimeError, match="power cut"):
            call_command("load_demo", "--small", verbosity=0)
        assert not Unit.objects.exists()
        assert not User.objects.exists()
        assert not Event.objects.exists()
