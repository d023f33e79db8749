"""What all lives of a demo share: the shares of everything that does not run smoothly, and who and what there is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from config.demo.engine import Ledger
from config.demo.office import Office
from config.demo.seeds import Quota, Weighted
from config.demo.staff import Staff
from petitions.choices import ContactWay, ExclusionReason, RefusalReason, Satisfaction, State

SHARES = {
    "refused": 0.02, "withdrawn": 0.008, "objected": 0.022, "upheld": 0.7, "extended": 0.03, "twice": 0.15,
    "suspended": 0.006, "sent_back": 0.02, "unsolved_first": 0.022, "excluded": 0.006,
    "denied": 0.25, "voided": 0.004, "stalled": 0.14, "forgotten": 0.0025,
}  # fmt: skip
REFUSALS = Weighted({
    RefusalReason.REPEATED: 40, RefusalReason.OUT_OF_DUTY: 26, RefusalReason.LEGAL_PATH: 20,
    RefusalReason.EMERGENCY: 7, RefusalReason.UNLAWFUL: 5, RefusalReason.SECRET: 2,
})  # fmt: skip
EXCLUSIONS = Weighted({
    ExclusionReason.NO_BASIS: 40, ExclusionReason.HISTORICAL: 35, ExclusionReason.WRONG_UNIT: 12,
    ExclusionReason.FORCE_MAJEURE: 8, ExclusionReason.MALICIOUS: 5,
})  # fmt: skip
WAYS = Weighted({ContactWay.PHONE: 70, ContactWay.VISIT: 20, ContactWay.MESSAGE: 6, ContactWay.COUNTER: 4})
SATISFACTION = Weighted({Satisfaction.SATISFIED: 930, Satisfaction.BASICALLY: 56, Satisfaction.DISSATISFIED: 14})
TO_THE_GRID = 0.25
STALL_DAYS, FORGET_DAYS, REWORK_DAYS = 12, 75, 60
STALLS = Weighted(
    {State.REGISTERED: 6, State.DISPATCHED: 22, State.HANDLING: 44, State.REPLIED: 14, State.VERIFIED: 14}
)


@dataclass
class World:
    """What all lives share."""

    seed: int
    now: datetime
    office: Office
    staff: Staff
    ledger: Ledger
    co_departments: Mapping[int, list[Any]]
    quotas: dict[str, Quota]
    unsolved: Quota

    @classmethod
    def of(cls, *, solved_percent: Any, **values: Any) -> World:
        quotas = {name: Quota(share) for name, share in SHARES.items()}
        return cls(quotas=quotas, unsolved=Quota(float(100 - solved_percent) / 100), **values)
