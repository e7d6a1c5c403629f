"""Which of several faults of one row is told: the first of the list in docs/domain.md.

Belongs here: the order of reasons, the bounds of each.
Does not belong here: what makes a value unparsable (test_formats_values.py).
"""

from __future__ import annotations

from datetime import datetime

import polars as pl
import pytest

from pipelines.formats.rejects import faulty_rows
from pipelines.formats.rows import LINE, RAW
from pipelines.formats.validate import Fault
from tests.samples.formats.reading import feed, read

GOOD = {
    "call_id": "c1", "leg_number": "1", "setup_at": "2026-03-10T12:00:00Z", "ringing_at": "2026-03-10T12:00:01Z",
    "answered_at": "2026-03-10T12:00:05Z", "ended_at": "2026-03-10T12:00:09Z", "is_answered": "true",
    "answered_ms": "4000", "pdd_ms": "", "b_number": "4930123456", "account_code": "acme", "sip_status_code": "200",
}  # fmt: skip
# setup, answer and end of a row whose instants break one more rule each, the most first
LATE = "2027-03-10T12:00:00Z"
BACKWARDS = {
    "setup_at": LATE,
    "ringing_at": LATE,
    "answered_at": "2027-03-10T11:00:00Z",
    "ended_at": "2027-03-10T10:00:00Z",
}
END_FIRST = BACKWARDS | {"answered_at": "2027-03-10T12:00:05Z"}
ANSWER_LAST = END_FIRST | {"ended_at": "2027-03-10T12:00:04Z"}
# Each row has the fault that is told and every fault that comes after it.
NEGATIVE = BACKWARDS | {"answered_ms": "-1"}
UNKNOWN = NEGATIVE | {"is_answered": "perhaps"}
UNPARSABLE_SIP = UNKNOWN | {"sip_status_code": "OK"}
UNPARSABLE_PDD = UNPARSABLE_SIP | {"pdd_ms": "short"}
UNPARSABLE_RINGING = UNPARSABLE_PDD | {"ringing_at": "soon"}
UNPARSABLE_LEG = UNPARSABLE_RINGING | {"leg_number": "two"}
NO_B_NUMBER = UNPARSABLE_LEG | {"b_number": ""}
NO_CALL_ID = NO_B_NUMBER | {"call_id": ""}


def reason(**fields: str) -> str | None:
    values = GOOD | fields
    outcome = read(f"{','.join(values)}\n{','.join(values.values())}\n")
    return outcome.reasons.get(2)


def test_the_good_row_is_good() -> None:
    assert reason() is None


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        (NO_CALL_ID, "missing_call_id"),
        (NO_B_NUMBER, "missing_b_number"),
        (UNPARSABLE_LEG, "unparsable_leg_number"),
        (UNPARSABLE_RINGING, "unparsable_ringing_at"),
        (UNPARSABLE_PDD, "unparsable_pdd_ms"),
        (UNPARSABLE_SIP, "unparsable_sip_status_code"),
        (UNKNOWN, "unknown_value_is_answered"),
        (NEGATIVE, "negative_duration"),
        (BACKWARDS, "answered_before_setup"),
        (END_FIRST, "ended_before_setup"),
        (ANSWER_LAST, "answered_after_end"),
        (ANSWER_LAST | {"ended_at": LATE, "answered_at": LATE}, "setup_in_future"),
    ],
)
def test_the_first_reason_that_applies_is_told(fields: dict[str, str], told: str) -> None:
    assert reason(**fields) == told


def test_the_order_within_missing_columns_is_that_of_the_lake() -> None:
    assert reason(call_id="", setup_at="", b_number="") == "missing_call_id"
    assert reason(setup_at="", b_number="") == "missing_setup_at"
    assert reason(answered_ms="", answered_at="", b_number="") == "missing_answered_ms"


def test_talk_time_is_missing_only_where_it_cannot_be_reckoned() -> None:
    assert reason(answered_ms="", ended_at="") == "missing_answered_ms"
    assert reason(answered_ms="", answered_at="") == "missing_answered_ms"
    assert reason(answered_ms="") is None
    assert reason(answered_ms="", ended_at="", is_answered="false") is None


@pytest.mark.parametrize(
    "fields",
    [{"answered_ms": "-1"}, {"pdd_ms": "-1"}, {"ringing_at": "2026-03-10T11:59:59.9999Z"}],
)
def test_no_duration_is_below_zero(fields: dict[str, str]) -> None:
    assert reason(**fields) == "negative_duration"


def test_instants_may_be_the_same_but_not_run_backwards() -> None:
    same = dict.fromkeys(("ringing_at", "answered_at", "ended_at"), GOOD["setup_at"])
    assert reason(**same) is None
    assert reason(**same | {"answered_at": "2026-03-10T11:59:59.999999Z"}) == "answered_before_setup"
    assert reason(**same | {"answered_at": "", "ended_at": "2026-03-10T11:59:59.999999Z"}) == "ended_before_setup"
    assert reason(**same | {"answered_at": "2026-03-10T12:00:00.000001Z"}) == "answered_after_end"


def test_a_setup_may_be_a_day_after_its_drop_hours_end_and_no_more() -> None:
    after = dict.fromkeys(("ringing_at", "answered_at", "ended_at"), "")
    assert reason(**after, setup_at="2026-03-11T13:00:00Z") is None
    assert reason(**after, setup_at="2026-03-11T13:00:00.000001Z") == "setup_in_future"
    values = GOOD | after | {"setup_at": "2026-03-11T13:00:00Z"}
    content = f"{','.join(values)}\n{','.join(values.values())}\n"
    assert read(content, drop_hour=datetime(2026, 3, 10, 11)).reasons == {2: "setup_in_future"}


def test_a_detail_names_the_values_and_what_would_be_right() -> None:
    values = GOOD | {"answered_at": "2026-03-10T11:00:00Z"}
    (reject,) = read(f"{','.join(values)}\n{','.join(values.values())}\n").rejects
    assert reject["detail"] == (
        "answered_at is '2026-03-10T11:00:00Z', setup_at is '2026-03-10T12:00:00Z'; answer follows setup"
    )
    (reject,) = read("call_id,b_number,setup_at,answered_at,ended_at,trunk\nc1,,x,,,\n", feed()).rejects
    assert reject["detail"] == "b_number is empty; it is written in b_number and never empty"


def test_details_are_made_of_frames_in_pieces() -> None:
    # polars panicked where the first piece of a file held no reject and a later one did.
    def pieces(*rows: dict[str, list[object]]) -> pl.DataFrame:
        return pl.concat([pl.DataFrame(some) for some in rows], rechunk=False)

    texts = pieces({"a": ["1", "2"], "b": ["x", None]}, {"a": ["3", "4"], "b": [None, "y"]})
    lines = pieces({LINE: [1, 2], RAW: ["r1", "r2"]}, {LINE: [3, 4], RAW: ["r\0", "r4"]})
    parts = [pl.when(pl.col(name).is_not_null()).then(pl.format("{}", pl.col(name).str.slice(0, 9))) for name in "ab"]
    fault = Fault("x", pl.Series([False, False, True, True]), pl.concat_str(parts, separator=",", ignore_nulls=True))
    rejects = faulty_rows([fault], texts, lines)
    assert rejects["detail"].to_list() == ["3", "4,y"]
    assert rejects[RAW].to_list() == ["r\\x00", "r4"]
