"""What happens to a ticket: the plot of one life, drawn from the ticket's own chance.

Most tickets run the loop in time. Shares of the rest (refused, returned, reworked, late, dissatisfied …)
are quotas, so that a small demo has each of them too and the solved rate of the district is exact.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

from common import calendar
from config.demo.moments import Moments, Stop
from config.demo.world import (
    EXCLUSIONS,
    FORGET_DAYS,
    REFUSALS,
    REWORK_DAYS,
    SATISFACTION,
    STALL_DAYS,
    STALLS,
    TO_THE_GRID,
    WAYS,
)  # fmt: skip
from grid.bodies import Body, as_columns, body_key
from grid.choices import Level
from petitions import clocks, events
from petitions.choices import AssignmentRole, CardLevel, ClockKind, Kind, Satisfaction, State
from petitions.models import Assignment, Contact
from petitions.selectors import default_lead
from petitions.services.loop import shown


class Plot(Moments):
    """Plays one ticket."""

    def play(self) -> None:
        """From registration to the end, or to now."""
        try:
            self._loop()
        except Stop:
            pass
        self.life.finish()

    # --- the loop

    def _loop(self) -> None:
        if self.voided:
            return self._void()
        self._stall()
        if self._hit("refused"):
            return self._refuse()
        self._accept()
        self._dispatch()
        if self.target == State.OBJECTED or (self.petition.lead_department_id and self._hit("objected")):
            self._object()
        self._sign()
        self._contact()
        if self._hit("withdrawn"):
            return self._withdraw()
        if self.target == State.SUSPENDED or (not self.urgent and self._hit("suspended")):
            self._suspend()
        if not self.urgent and self._hit("extended"):
            self._extend()
        self._answer_for()
        self._finish_rounds()
        return None

    def _stall(self) -> None:
        """Of the last days' tickets some lie still; now and then one was forgotten for weeks."""
        age = self.world.now - self.petition.received_at
        if self.target:
            return
        if age < timedelta(days=STALL_DAYS):
            if self._hit("stalled"):
                self.target = STALLS.draw(self.chance)
        elif age < timedelta(days=FORGET_DAYS) and self._hit("forgotten"):
            self.target = self.chance.choice((State.HANDLING, State.SUSPENDED))

    def _void(self) -> None:
        """An import that was undone."""
        at = self._after(20, 300)
        self.life.stop_all(at)
        self.petition.state, self.petition.ended_at = State.VOIDED, at
        self.life.note(events.VOIDED, at, self.petition.registered_by or self.staff.operator(self.chance), {})

    def _desk(self) -> Any:
        """Who takes tickets on here: the hotline its own, the street what goes above the community."""
        if self.petition.channel in ("hotline", "transfer"):
            return self.staff.operator(self.chance)
        if self.category.lead_department_id is None and self.category.lead_level != Level.STREET:
            return self.staff.community(self.petition, self.chance)
        return self.staff.street(self.petition, self.chance)

    def _accept_at(self) -> datetime:
        if self.petition.channel == "hotline":
            return self._after(1, 12, office=False)
        return self._within(ClockKind.ACCEPT, 0.3, 0.55)

    def _refuse(self) -> None:
        at = self._accept_at()
        reason = REFUSALS.draw(self.chance)
        note = self.words.note(f"refuse_{reason.value}")
        self.life.act(
            "refuse", at, self._desk(), {"reason": reason.label, "note": note}, refusal_reason=reason, ended_at=at
        )

    def _accept(self) -> None:
        at = self._accept_at()
        self.life.act(
            "accept", at, self._desk(), {"category": self.category.name}, category=self.category, accepted_at=at
        )

    def _dispatch(self, lead: Body | None = None) -> None:
        at = self._after(1, 8, office=False)
        petition, category = self.petition, self.category
        lead = lead or self._lead()
        others = [body for body in self.world.co_departments.get(category.pk, ()) if body_key(body) != body_key(lead)]
        if self.chance.random() < 0.45:
            others = []
        limit = clocks.finish_limit(category, clocks.limits_policy(at).data)
        due_at = calendar.add_limit(at, calendar.Limit.parse(limit))
        data = {
            "lead": lead.name, "lead_key": body_key(lead), "co_handlers": "、".join(body.name for body in others),
            "due": shown(due_at), "note": self.words.note("urgent" if limit == "2h" else "dispatch"),
        }  # fmt: skip
        columns: dict[str, Any] = as_columns(lead, "lead_unit", "lead_department")
        self.life.act("dispatch", at, self._desk(), data, dispatched_at=at, **columns)
        given = [(lead, AssignmentRole.LEAD), *((body, AssignmentRole.CO_HANDLER) for body in others)]
        self.life.assign(
            Assignment(petition=petition, role=role, given_at=at, limit=limit, due_at=due_at, **as_columns(body))
            for body, role in given
        )

    def _lead(self) -> Body:
        """Who gets the ticket: the category's lead, or the grid where the matter is small (微事不出网格)."""
        petition = self.petition
        is_small = self.category.lead_level == Level.COMMUNITY and petition.grid is not None
        if is_small and petition.grid is not None and (self.target or self.chance.random() < TO_THE_GRID):
            return petition.grid
        return default_lead(self.category, petition) or petition.street or petition.unit

    def _object(self) -> None:
        """退单: upheld and given to somebody else, or rejected and kept."""
        at = self._within(ClockKind.SIGN, 0.4)
        self.life.act("object", at, self.staff.lead(self.petition, self.chance), {"note": self.words.note("object")})
        at = self._after(30, 400)
        if not self._hit("upheld"):
            self.life.act("reject_objection", at, self._desk(), {"note": self.words.note("reject")})
            return
        self.life.end_assignments(at)
        self.life.act(
            "uphold_objection", at, self._desk(), {"note": self.words.note("uphold")},
            lead_unit=None, lead_department=None, returns=self.petition.returns + 1,
        )  # fmt: skip
        others = self.world.co_departments.get(self.category.pk) or ()
        self._dispatch(others[0] if others else self.petition.street)

    def _sign(self) -> None:
        at = self._within(ClockKind.SIGN, 0.25, 0.6)
        for row in self.life.mine:
            if row.role == AssignmentRole.LEAD:
                row.signed_at = at
        lead = self.petition.lead
        self.life.act(
            "sign", at, self.staff.lead(self.petition, self.chance), {"lead": lead.name if lead else ""}, signed_at=at
        )

    def _contact(self, kind: str = "contact") -> None:
        if not self.life.contactable:
            return
        # A ticket that waits in the handler's hands has often been talked about already.
        self.moves_on = self.target == State.HANDLING and self.chance.random() < 0.6
        at = self._within(ClockKind.CONTACT, 0.28, 0.6) if kind == "contact" else self._after(20, 90)
        self.moves_on = False
        way = WAYS.draw(self.chance)
        note = self.words.note(way.value if kind == "contact" else kind)
        actor = self.staff.lead(self.petition, self.chance)
        first = self.petition.contacted_at or at
        self.life.act("contact", at, actor, {"way": way.label, "note": note}, contacted_at=first)
        self.life.ledger.contacts.append(
            self.life.ledger.key(Contact(petition=self.petition, way=way, note=note, by=actor, at=at))
        )

    def _withdraw(self) -> None:
        at = self._after(60, 3000)
        self.life.end_assignments(at)
        self.life.act("withdraw", at, self._desk(), {"note": self.words.note("withdraw")}, ended_at=at)

    def _suspend(self) -> None:
        at = self._after(60, 900)
        approver = self.staff.street(self.petition, self.chance)
        until = (at + timedelta(days=self.chance.randint(25, 150))).date()
        season = "winter" if at.month in (10, 11, 12, 1, 2) else "other"
        self.life.pause(at)
        self.life.act(
            "suspend", at, approver, {"note": self.words.note(f"suspend_{season}"), "until": until.isoformat()}
        )
        at = self._go(self.world.office.open_from(at + timedelta(days=self.chance.randint(15, 90)), self.chance))
        self.life.resume(at)
        due = self.petition.finish_due_at
        self.life.act("resume", at, approver, {"note": self.words.note("resume"), "due": shown(due) if due else ""})

    def _extend(self) -> None:
        for again in (False, True):
            if again and not self._hit("twice"):
                return
            clock = self.life.running.get(ClockKind.FINISH)
            if clock is None:
                return
            at = self._within(ClockKind.FINISH, 0.75, 0.12)
            limit = calendar.Limit.parse(self.chance.choice(("3wd", "5wd")))
            self.life.advance(at)
            self.life.move(clock, calendar.add_limit(clock.due_at, limit))
            data = {"limit": limit.label, "due": shown(clock.due_at), "note": self.words.note("extend")}
            approver = self.staff.street(self.petition, self.chance)
            self.life.act("extend", at, approver, data, extensions=self.petition.extensions + 1)

    def _co_reply(self, before: datetime) -> None:
        """Co-handlers report while the lead works; some never do."""
        for row in sorted(self.life.mine, key=lambda row: row.pk):
            if row.role != AssignmentRole.CO_HANDLER or row.replied_at is not None or self.chance.random() < 0.3:
                continue
            at = self.life.at + (before - self.life.at) * self.chance.uniform(0.2, 0.5)
            note = self.words.note("co")
            row.replied_at, row.reply = at, note
            actor = self.chance.choice(self.staff.departments[row.department_id or 0])
            self.life.act("co_reply", at, actor, {"body": row.body.name if row.body else "", "note": note})

    def _answer_for(self) -> None:
        """The reply, in time or late; late ones are explained."""
        at = self._within(ClockKind.FINISH, 0.34, 0.42)
        if not self.target:
            self._co_reply(at)
        lead = self.petition.lead
        reply = self.words.reply(lead.name if lead else "", self.petition.title)
        for row in self.life.mine:
            if row.role == AssignmentRole.LEAD:
                row.replied_at, row.reply = at, reply
        actor = self.staff.lead(self.petition, self.chance)
        files = [self.life.attach("处理后.png", actor, self.chance)] if self.life.pictures else []
        self.life.act("reply", at, actor, {"reply": reply, "files": files}, replied_at=at, reply=reply)
        self._explain(actor)

    def _explain(self, actor: Any) -> None:
        for card in self.life.fresh_cards:
            if card.level in (CardLevel.BLUE, CardLevel.AMBER, CardLevel.RED) and self.chance.random() < 0.75:
                at = self.world.office.open_from(
                    self.life.at + timedelta(minutes=self.chance.randint(15, 300)), self.chance
                )
                if at < self.world.now:
                    self.life.answer_later(card, at, actor, self.words.note("card"))
        self.life.fresh_cards.clear()

    # --- after the reply

    def _checker(self) -> Any:
        if self.petition.channel in ("hotline", "transfer"):
            return self.staff.operator(self.chance)
        return self.staff.street(self.petition, self.chance)

    def _finish_rounds(self) -> None:
        """Verification, callback, and once or twice the way back."""
        if self._hit("sent_back"):
            self._rework()
        first = True
        while True:
            self._verify()
            if not self.life.contactable:
                return self._close("close_uncalled")
            again = first and self._is_old() and self._hit("unsolved_first")
            self._callback(unsolved=again)
            if not again:
                break
            self._rework()
            first = False
        self._close("close")
        if self._hit("excluded"):
            self._exclude()
        return None

    def _is_old(self) -> bool:
        """Old enough for a rework to be through by now: the rates of the year hold no half-done ones."""
        return self.world.now - self.petition.received_at > timedelta(days=REWORK_DAYS)

    def _verify(self) -> None:
        at = self._after(30, 900)
        self.life.act("verify", at, self._checker(), {"note": self.words.note("verify")})

    def _rework(self) -> None:
        at = self._after(20, 500)
        limit = clocks.finish_limit(self.category, clocks.limits_policy(at).data)
        due = calendar.add_limit(at, calendar.Limit.parse(limit))
        self.life.act(
            "rework", at, self._checker(), {"note": self.words.note("rework"), "due": shown(due)},
            reworks=self.petition.reworks + 1, replied_at=None,
        )  # fmt: skip
        self._contact("second_contact")
        self._answer_for()

    def _callback(self, *, unsolved: bool) -> None:
        """``unsolved``: the first call finds it not done; the last call counts in the rates."""
        at = self._within(ClockKind.CALLBACK, 0.35, 0.5)
        solved = not unsolved and not (not self.target and self.world.unsolved.hit())
        verdict = SATISFACTION.draw(self.chance) if solved else Satisfaction.DISSATISFIED
        petition = self.petition
        faults = petition.dissatisfactions + (verdict == Satisfaction.DISSATISFIED)
        data = {
            "solved": "已解决" if solved else "未解决", "satisfaction": verdict.label,
            "note": self.words.note(verdict.value),
        }  # fmt: skip
        self.life.act(
            "callback", at, self._checker(), data,
            solved=solved, satisfaction=verdict, called_back_at=at, dissatisfactions=faults,
        )  # fmt: skip
        if verdict == Satisfaction.DISSATISFIED and faults >= 2:
            self.life.red_card(at, f"第 {faults} 次回访不满意")

    def _close(self, name: str) -> None:
        at = self._after(5, 240)
        self.life.end_assignments(at)
        self.life.act(name, at, self._checker(), {"note": self.words.note(name)}, ended_at=at)

    def _exclude(self) -> None:
        """First review by the street, final review by the district (domain §4)."""
        at = self._after(600, 4000)
        reason = EXCLUSIONS.draw(self.chance)
        first = self.staff.street(self.petition, self.chance)
        self.life.act(
            "propose_exclusion", at, first, {"reason": reason.label, "note": self.words.note(reason.value)},
            exclusion_reason=reason, exclusion_proposed_by=first,
        )  # fmt: skip
        at = self._after(600, 4000)
        final = self.staff.district(self.chance)
        if self._hit("denied"):
            self.life.act(
                "deny_exclusion", at, final, {"note": self.words.note("exclusion_no")},
                exclusion_reason="", exclusion_proposed_by=None,
            )  # fmt: skip
            return
        self.life.act("exclude", at, final, {"note": self.words.note("exclusion_yes")}, excluded_at=at)


def kind_of(base: str, chance: random.Random) -> str:
    """The kind of a ticket: mostly the category's own, now and then a neighbouring one."""
    if chance.random() < 0.8:
        return base
    return chance.choice((Kind.HELP, Kind.COMPLAINT, Kind.CONSULTATION))
