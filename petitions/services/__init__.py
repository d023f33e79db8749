"""Business verbs of tickets: one keyword-only function per verb, called by pages, API, imports and jobs."""

from petitions.services.intake import Registered, petition_register, petition_register_and_dispatch
from petitions.services.loop import (
    petition_accept,
    petition_callback,
    petition_close,
    petition_close_uncalled,
    petition_co_reply,
    petition_contact,
    petition_dispatch,
    petition_object,
    petition_refuse,
    petition_reject_objection,
    petition_reply,
    petition_rework,
    petition_sign,
    petition_uphold_objection,
    petition_verify,
    petition_withdraw,
)  # fmt: skip
from petitions.services.personal import petition_reveal
from petitions.services.review import (
    petition_deny_exclusion,
    petition_exclude,
    petition_extend,
    petition_propose_exclusion,
    petition_resume,
    petition_suspend,
)  # fmt: skip

__all__ = [
    "Registered", "petition_accept", "petition_callback", "petition_close", "petition_close_uncalled",
    "petition_co_reply", "petition_contact", "petition_deny_exclusion", "petition_dispatch", "petition_exclude",
    "petition_extend", "petition_object", "petition_propose_exclusion", "petition_refuse", "petition_register",
    "petition_register_and_dispatch", "petition_reject_objection", "petition_reply", "petition_resume",
    "petition_reveal", "petition_rework", "petition_sign", "petition_suspend", "petition_uphold_objection",
    "petition_verify", "petition_withdraw",
]  # fmt: skip
