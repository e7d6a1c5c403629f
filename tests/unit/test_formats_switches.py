"""FreeSWITCH's JSON, Cisco's and ConnexCS's CDRs: small good and small broken samples, read to the last value.

Belongs here: what the built-in declarations of these switches make of their files.
Does not belong here: the kinds of format themselves (test_formats_json.py, test_formats_fixed.py).
"""

from __future__ import annotations

from datetime import datetime

import pytest

from pipelines.formats import FileFault
from tests.samples.formats.reading import FOLDER, Outcome, declared, feed, read


def sample(name: str, of: str, **settings: str) -> Outcome:
    return read((FOLDER / name).read_bytes(), feed(of, **settings), name=name)


def test_freeswitch_json_decodes_percent_signs_and_joins_both_legs_to_one_call() -> None:
    answered, busy, cancelled = sample("freeswitch_json_good.json", "freeswitch_json").legs
    assert [leg["line_number"] for leg in (answered, busy, cancelled)] == [1, 32, 33]
    assert answered | {"feed_id": "", "file_id": ""} == {
        "feed_id": "", "file_id": "", "line_number": 1, "leg_number": 1,
        "call_id": "6b0b5a4e-0000-4000-8000-0000000000a1", "leg_id": "6b0b5a4e-0000-4000-8000-0000000000a1",
        "setup_at": datetime(2026, 3, 10, 12, 0, 0, 123456), "ringing_at": datetime(2026, 3, 10, 12, 0, 1),
        "answered_at": datetime(2026, 3, 10, 12, 0, 5, 500000), "ended_at": datetime(2026, 3, 10, 12, 1, 6, 1999),
        "is_answered": True, "answered_ms": 60_501, "pdd_ms": 876, "a_number": "4930123456",
        "a_number_raw": "+4930123456", "b_number": "442079460100", "b_number_raw": "+442079460100",
        "account_code": "acme & co", "tech_prefix": None, "trunk": None, "source_ip": "192.0.2.7",
        "carrier_key": None, "sip_status_code": 200, "q850_cause_code": 16, "release_reason": "NORMAL_CLEARING",
        "dtmf_digit_count": None,
    }  # fmt: skip
    assert (busy["call_id"], busy["leg_id"]) == (answered["call_id"], "6b0b5a4e-0000-4000-8000-0000000000b1")
    assert (busy["is_answered"], busy["sip_status_code"], busy["q850_cause_code"]) == (False, 486, 17)
    assert (busy["ringing_at"], busy["b_number"]) == (datetime(2026, 3, 10, 12, 0, 1), "442079460100")
    assert (cancelled["call_id"], cancelled["q850_cause_code"]) == (cancelled["leg_id"], None)
    assert (cancelled["a_number"], cancelled["a_number_raw"]) == (None, "anonymous")


def test_a_broken_document_costs_itself_and_no_other() -> None:
    outcome = sample("freeswitch_json_broken.json", "freeswitch_json")
    assert [(leg["line_number"], leg["call_id"]) for leg in outcome.legs] == [(1, "u1")]
    assert outcome.reasons == {
        2: "unreadable_row",
        3: "unparsable_setup_at",
        4: "unreadable_row",
        10: "unreadable_row",
        11: "unreadable_row",
        12: "unparsable_call_id",
        13: "unreadable_row",
        14: "unreadable_row",
        15: "missing_answered_ms",
        16: "missing_setup_at",
        17: "unparsable_b_number",
    }
    details = {row["line_number"]: row["detail"] for row in outcome.rejects}
    assert details[10] == "variables.uuid holds a key that stands there twice where a single value is right"
    assert details[11] == "variables.uuid holds a list where a single value is right"
    assert "more than one document" in details[13]
    raw = {row["line_number"]: row["raw_text"] for row in outcome.rejects}
    assert raw[4].splitlines()[-1] == "}"
    assert len(raw[4].splitlines()) == 6


def test_a_switch_that_encodes_nothing_turns_decoding_off() -> None:
    plain = declared(
        "extends = 'freeswitch_json'\n[columns]\naccount_code = 'variables.accountcode'\n"
        "carrier_key = { from = 'variables.sip_gateway_name', coding = 'percent' }"
    )
    content = (FOLDER / "freeswitch_json_good.json").read_bytes()
    assert read(content, feed(plain)).legs[0]["account_code"] == "acme%20%26%20co"


def test_cisco_skips_its_row_of_types_and_reads_addresses_and_zeros() -> None:
    answered, busy, split = sample("cisco_good.csv", "cisco_cucm").legs
    assert [leg["line_number"] for leg in (answered, busy, split)] == [3, 4, 5]
    assert answered | {"feed_id": "", "file_id": ""} == {
        "feed_id": "", "file_id": "", "line_number": 3, "leg_number": 1,
        "call_id": "StandAloneCluster/2/41", "leg_id": "aaaaaaaa-0000-4000-8000-000000000001",
        "setup_at": datetime(2026, 3, 10, 12), "ringing_at": None, "answered_at": datetime(2026, 3, 10, 12, 0, 7),
        "ended_at": datetime(2026, 3, 10, 12, 1, 7), "is_answered": True, "answered_ms": 60_000, "pdd_ms": None,
        "a_number": "2001", "a_number_raw": "2001", "b_number": "90442079460100", "b_number_raw": "90442079460100",
        "account_code": "matter 7", "tech_prefix": None, "trunk": "SEP001122334455", "source_ip": "192.168.18.188",
        "carrier_key": "SIP-Trunk-A", "sip_status_code": None, "q850_cause_code": 16, "release_reason": None,
        "dtmf_digit_count": None,
    }  # fmt: skip
    assert (busy["is_answered"], busy["answered_at"], busy["q850_cause_code"]) == (False, None, 17)
    assert (busy["source_ip"], busy["a_number"]) == ("192.0.1.7", "14085550100")
    # a cause of Cisco's own, no address, and no number before the one the call went to
    assert (split["q850_cause_code"], split["source_ip"], split["b_number"]) == (None, None, "2004")
    assert split["call_id"] == busy["call_id"]


def test_broken_cisco_rows() -> None:
    outcome = sample("cisco_broken.csv", "cisco_cucm")
    assert outcome.reasons == {
        2: "missing_setup_at",
        3: "unparsable_source_ip",
        4: "missing_b_number",
        5: "answered_before_setup",
        6: "negative_duration",
        7: "unreadable_row",
    }
    assert [leg["call_id"] for leg in outcome.legs] == ["Alone/1/7"]


def test_connexcs_rings_after_its_delay_and_answers_after_its_ringing() -> None:
    answered, refused, busy, timed_out = sample("connexcs_good.csv", "connexcs_csv", timezone="Asia/Tokyo").legs
    assert answered | {"feed_id": "", "file_id": ""} == {
        "feed_id": "", "file_id": "", "line_number": 2, "leg_number": 1, "call_id": "c1", "leg_id": "c1-b",
        "setup_at": datetime(2026, 3, 10, 12), "ringing_at": datetime(2026, 3, 10, 12, 0, 0, 750000),
        "answered_at": datetime(2026, 3, 10, 12, 0, 4, 250000), "ended_at": datetime(2026, 3, 10, 12, 1, 5, 500000),
        "is_answered": True, "answered_ms": 61_250, "pdd_ms": 750, "a_number": "442079460100",
        "a_number_raw": "442079460100", "b_number": "4930123456", "b_number_raw": "4930123456", "account_code": "7",
        "tech_prefix": None, "trunk": None, "source_ip": "192.0.2.1", "carrier_key": "9", "sip_status_code": 200,
        "q850_cause_code": None, "release_reason": "bye", "dtmf_digit_count": 3,
    }  # fmt: skip
    assert (refused["call_id"], refused["leg_id"], refused["is_answered"]) == ("c2", "c2-a", False)
    # it rang for 12 s, which is no answer
    assert (busy["ringing_at"], busy["answered_at"]) == (datetime(2026, 3, 10, 12, 0, 11, 250000), None)
    assert (busy["answered_ms"], busy["sip_status_code"], busy["leg_id"]) == (0, 486, "c2-b")
    assert (timed_out["is_answered"], timed_out["ringing_at"], timed_out["pdd_ms"]) == (False, None, None)
    assert timed_out["setup_at"] == timed_out["ended_at"] == datetime(2026, 3, 10, 12, 0, 20, 500000)
    assert timed_out["dtmf_digit_count"] is None


def test_connexcs_counts_digits_where_the_feed_says_so() -> None:
    content = (FOLDER / "connexcs_good.csv").read_text().replace("bye,3,", "bye,12#,")
    assert read(content, feed("connexcs_csv", dtmf="digits")).legs[0]["dtmf_digit_count"] == 3
    assert read(content, feed("connexcs_csv")).reasons == {2: "unparsable_dtmf_digit_count"}


def test_broken_connexcs_rows() -> None:
    outcome = sample("connexcs_broken.csv", "connexcs_csv")
    assert outcome.reasons == {
        2: "unparsable_setup_at",
        3: "unparsable_answered_at",
        4: "negative_duration",
        5: "negative_duration",
        6: "missing_answered_ms",
        7: "missing_b_number",
        8: "unparsable_sip_status_code",
        9: "unreadable_row",
    }
    assert [leg["call_id"] for leg in outcome.legs] == ["c9"]
    assert outcome.rejects[1]["detail"] == "answered_at is 'soon'; right is a number of seconds after ringing_at"


def test_connexcs_needs_the_columns_money_hangs_on() -> None:
    content = (FOLDER / "connexcs_good.csv").read_text()
    with pytest.raises(FileFault, match="missing: callid_b"):
        read(content.replace("callid_b", "other"), feed("connexcs_csv"))
    assert len(read(content.replace("dtmf", "other"), feed("connexcs_csv")).legs) == 4
