"""Rows that must be rejected, one kind for every reason, and some with two faults of which the first counts.

Belongs here: faults of rows.
Does not belong here: faults of whole files (hostile.py).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.landings.traffic import Record
from tests.landings.world import World

FAULTS = ("unclosed", "after_quote", "short", "long")
CHANGES: dict[str, dict[str, str]] = {
    "missing_call_id": {"call_id": ""},
    "missing_b_number": {"b_number": ""},
    "missing_setup_at": {"setup_at": ""},
    "missing_answered_ms": {"answered_ms": "", "ended_at": ""},
    "missing_before_unparsable": {"b_number": "", "setup_at": "yesterday"},
    "unparsable_setup_at": {"setup_at": "2026-02-30T10:00:00"},
    "unparsable_ended_at": {"ended_at": "31/12/2026 10:00"},
    "unparsable_answered_at": {"answered_at": "2026-13-45T00:00:00"},
    "unparsable_ringing_at": {"ringing_at": "soon"},
    "unparsable_answered_ms": {"answered_ms": "61s"},
    "unparsable_leg_number": {"leg_number": "two"},
    "unparsable_pdd_ms": {"pdd_ms": "fast"},
    "unparsable_sip_status_code": {"sip_status_code": "OK"},
    "unparsable_q850_cause_code": {"q850_cause_code": "normal"},
    "unparsable_dtmf_digit_count": {"dtmf_digit_count": "some"},
    "unparsable_before_negative": {"answered_ms": "-5", "ended_at": "late"},
    "unknown_value_is_answered": {"is_answered": "perhaps"},
    "negative_duration": {"answered_ms": "-5"},
    "negative_pdd": {"pdd_ms": "-1"},
}
INSTANTS: dict[str, dict[str, int]] = {
    "answered_before_setup": {"answered_at": -1},
    "ended_before_setup": {"ended_at": -2, "answered_at": 0},
    "answered_after_end": {"answered_at": 70, "ended_at": 69},
    "both_before_setup": {"answered_at": -1, "ended_at": -2},
}
KINDS = (*FAULTS, *CHANGES, *INSTANTS, "setup_in_future", "setup_nearly_in_future")


def broken_row(world: World, kind: str, name: str, at: datetime) -> Record:
    """One row of the given kind; `setup_nearly_in_future` is the last instant that is still accepted."""
    feed = world.rng.choice(world.feeds)
    hour = at.replace(minute=0, second=0, microsecond=0)

    def moment(seconds: float) -> str:
        return (at + timedelta(seconds=seconds)).isoformat() + "Z"

    values = {
        "call_id": name, "b_number": "442079460123", "account_code": "acct-0", "carrier_key": "gw0",
        "setup_at": moment(0), "answered_at": moment(5), "answered_ms": "61000", "ended_at": moment(66),
        "release_reason": "row, broken",
    }  # fmt: skip
    if kind in FAULTS:
        return Record(feed, hour, values, kind)
    if kind in INSTANTS:
        values |= {name: moment(seconds) for name, seconds in INSTANTS[kind].items()}
    elif kind in CHANGES:
        values |= CHANGES[kind]
    else:
        limit = hour + timedelta(hours=25)
        setup = limit if kind == "setup_nearly_in_future" else limit + timedelta(milliseconds=1)
        values |= {"setup_at": setup.isoformat() + "Z", "answered_at": "", "is_answered": "true", "ended_at": ""}
    return Record(feed, hour, {name: value for name, value in values.items() if value != ""})
