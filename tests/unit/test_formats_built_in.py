"""The built-in formats on small files of our own: each good file whole, each broken row for its reason.

Belongs here: what a switch's own words become; the declared reseller of the manual beside them.
Does not belong here: strict reading in general (test_formats_rows.py), real files (test_formats_real_files.py).
"""

from __future__ import annotations

from datetime import datetime

import pytest

from pipelines.formats import built_in_names, load_format
from tests.samples.formats.reading import FOLDER, Outcome, declared, feed, read


def sample(name: str, of: str = "tollbook_csv", **settings: str) -> Outcome:
    return read((FOLDER / name).read_bytes(), feed(of, **settings))


def test_six_formats_are_built_in() -> None:
    switches = ("asterisk_csv", "cisco_cucm", "connexcs_csv", "freeswitch_csv", "freeswitch_json")
    assert built_in_names() == (*switches, "tollbook_csv")
    assert [load_format(name, {}).name for name in built_in_names()] == list(built_in_names())


def test_an_unknown_format_is_named() -> None:
    with pytest.raises(KeyError, match="cisco"):
        load_format("cisco", {})


def test_every_column_of_a_tollbook_file_arrives() -> None:
    first, second, third = sample("tollbook_good.csv").legs
    assert first == {
        "feed_id": "lon1", "file_id": "file-1", "line_number": 3, "call_id": "c1", "leg_id": "l1", "leg_number": 1,
        "setup_at": datetime(2026, 3, 10, 12), "ringing_at": datetime(2026, 3, 10, 12, 0, 2),
        "answered_at": datetime(2026, 3, 10, 12, 0, 5), "ended_at": datetime(2026, 3, 10, 12, 1, 5, 250_000),
        "is_answered": True, "answered_ms": 60_250, "pdd_ms": 2000,
        "a_number": "442079460100", "a_number_raw": "+44 20 7946 0100",
        "b_number": "4930123456", "b_number_raw": "+49 (30) 123-456",
        "account_code": "acme", "tech_prefix": None, "trunk": "tg-1", "source_ip": "192.0.2.7", "carrier_key": "gw-1",
        "sip_status_code": 200, "q850_cause_code": 16, "release_reason": "NORMAL, CLEARING", "dtmf_digit_count": 3,
    }  # fmt: skip
    assert (second["line_number"], second["leg_id"], second["setup_at"]) == (5, "c2/1", datetime(2026, 3, 10, 11, 1))
    assert (second["ringing_at"], second["pdd_ms"]) == (datetime(2026, 3, 10, 11, 1, 1, 500_000), 1500)
    assert (second["a_number"], second["a_number_raw"]) == (None, "anonymous")
    assert (third["leg_id"], third["is_answered"], third["ended_at"]) == ("c3/2", True, datetime(2026, 3, 10, 12, 2, 5))
    assert third["setup_at"] == datetime(2026, 3, 10, 12, 2, 0, 123_456)
    assert (third["b_number"], third["b_number_raw"], third["dtmf_digit_count"]) == (None, "*43", 0)


def test_a_broken_tollbook_file_loses_its_broken_rows_alone() -> None:
    outcome = sample("tollbook_broken.csv")
    assert outcome.reasons == {
        2: "unreadable_row", 3: "unreadable_row", 4: "unreadable_row", 5: "unreadable_row",
        6: "missing_call_id", 7: "missing_setup_at", 8: "missing_answered_ms", 9: "missing_b_number",
        10: "unparsable_setup_at", 11: "unparsable_answered_ms", 12: "unknown_value_is_answered",
        13: "negative_duration", 14: "answered_before_setup", 15: "ended_before_setup", 16: "answered_after_end",
        17: "setup_in_future",
    }  # fmt: skip
    assert [leg["call_id"] for leg in outcome.legs] == ["c17"]
    lines = (FOLDER / "tollbook_broken.csv").read_text().splitlines()
    assert [reject["raw_text"] for reject in outcome.rejects] == lines[1:17]


def test_freeswitch_writes_answer_stamps_causes_and_local_times() -> None:
    answered, busy, cancelled, mangled = sample("freeswitch_good.csv", "freeswitch_csv", timezone="Europe/Berlin").legs
    assert answered["call_id"] == "6b0b5a4e-0000-4000-8000-000000000001"
    assert answered["leg_id"] == "6b0b5a4e-0000-4000-8000-000000000001/1"
    assert (answered["setup_at"], answered["answered_ms"]) == (datetime(2026, 3, 10, 11), 60_000)
    assert (answered["is_answered"], answered["q850_cause_code"], answered["account_code"]) == (True, 16, "acme")
    assert (busy["is_answered"], busy["q850_cause_code"], busy["release_reason"]) == (False, 17, "USER_BUSY")
    assert (cancelled["q850_cause_code"], cancelled["release_reason"]) == (None, "ORIGINATOR_CANCEL")
    assert (mangled["setup_at"], mangled["q850_cause_code"]) == (datetime(2026, 3, 10, 11, 4), 102)


def test_a_cause_freeswitch_never_had_keeps_its_name_and_its_row() -> None:
    outcome = sample("freeswitch_broken.csv", "freeswitch_csv")
    assert outcome.reasons == {
        2: "unreadable_row",
        3: "unreadable_row",
        4: "missing_b_number",
        5: "unparsable_setup_at",
        6: "negative_duration",
    }
    assert [(leg["line_number"], leg["release_reason"], leg["q850_cause_code"]) for leg in outcome.legs] == [
        (1, "NORMAL_CLEARING", 16),
        (7, "A_CAUSE_OF_OUR_OWN", None),
    ]


def test_asterisk_calls_and_legs_are_told_by_what_cdr_conf_lets_it_write() -> None:
    legs = sample("asterisk_every_form.csv", "asterisk_csv").legs
    assert [(leg["call_id"], leg["leg_id"]) for leg in legs] == [
        # no uniqueid: the channel and the start make the call
        ("PJSIP/acme-00000001/2026-03-10 12:00:01", "PJSIP/acme-00000001/PJSIP/gw-a-00000002/2026-03-10 12:00:01"),
        ("1773144002.1", "1773144002.1/PJSIP/gw-a-00000004/2026-03-10 12:00:02"),
        ("1773144003.1", "1773144003.1/PJSIP/gw-a-00000006/2026-03-10 12:00:03"),
        ("1773144004.9", "17"),
        ("1773144005.0", "18"),
        ("1773144006.0", "19"),
        ("1773144006.0", "20"),
    ]
    assert {(leg["is_answered"], leg["answered_ms"], leg["account_code"], leg["carrier_key"]) for leg in legs} == {
        (True, 30_000, "acme", None)
    }


def test_broken_asterisk_rows_and_talk_on_an_unanswered_one() -> None:
    outcome = sample("asterisk_broken.csv", "asterisk_csv")
    assert outcome.reasons == {
        2: "unknown_value_is_answered",
        3: "unparsable_answered_ms",
        4: "unreadable_row",
        5: "unreadable_row",
    }
    assert "18" in outcome.rejects[-1]["detail"]
    # talk time without an answer is an anomaly, found in SQL: the row is accepted with the seconds it has
    unanswered = outcome.legs[1]
    assert (unanswered["is_answered"], unanswered["answered_ms"]) == (False, 30_000)


def test_the_gateway_of_an_asterisk_that_dials_only_gateways_is_one_line() -> None:
    mine = declared(
        "extends = 'asterisk_csv'\n[columns]\n"
        "carrier_key = { from = 'dstchannel', extract = '^(?:PJSIP|SIP|IAX2)/(.+)-[0-9a-f]+$' }"
    )
    legs = read((FOLDER / "asterisk_every_form.csv").read_bytes(), feed(mine)).legs
    assert {leg["carrier_key"] for leg in legs} == {"gw-a"}


def test_the_reseller_of_the_manual_needs_no_code() -> None:
    reseller = feed(declared((FOLDER / "reseller.toml").read_text()), timezone="Europe/London")
    first, second, third = read((FOLDER / "reseller_good.csv").read_bytes(), reseller).legs
    assert (first["call_id"], first["leg_id"], first["answered_ms"]) == ("r1", "r1/1", 61_500)
    assert (first["setup_at"], first["ended_at"]) == (
        datetime(2026, 3, 10, 12),
        datetime(2026, 3, 10, 12, 1, 1, 500_000),
    )
    assert (second["is_answered"], second["account_code"]) == (False, "C-001")
    assert (third["setup_at"], third["answered_ms"]) == (datetime(2026, 3, 1, 9, 5, 7), 1)
    assert (third["account_code"], third["b_number"]) == (None, "442079460102")


def test_the_resellers_faults_are_told_in_its_own_terms() -> None:
    outcome = read(
        (FOLDER / "reseller_broken.csv").read_bytes(), feed(declared((FOLDER / "reseller.toml").read_text()))
    )
    assert outcome.legs == []
    assert outcome.reasons == {
        2: "unparsable_setup_at",
        3: "unparsable_setup_at",
        4: "unparsable_answered_ms",
        5: "unknown_value_is_answered",
        6: "missing_answered_ms",
        7: "unreadable_row",
    }
    details = {row["line_number"]: row["detail"] for row in outcome.rejects}
    assert details[2] == "setup_at is '31/02/2026 12:00:00'; right is a time like %d/%m/%Y %H:%M:%S"
    assert details[4] == "answered_ms is '1m1s'; right is a number of seconds"
    assert details[5] == "is_answered is 'X'; known are N, V, D"
    assert details[7] == "the row has 7 fields where 8 are right"
