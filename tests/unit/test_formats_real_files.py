"""Files that real switches wrote, with the facts known of them; skipped where they are not at hand.

Belongs here: what must hold of the files in TOLLBOOK_SAMPLES.
Does not belong here: rules (the other tests of formats), copies of those files.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from pipelines.formats import FileFault
from tests.samples.formats.reading import Outcome, declared, feed, read


def real(samples: Path, name: str, of: str = "asterisk_csv") -> Outcome:
    outcome = read((samples / "samples" / name).read_bytes(), feed(of))
    assert outcome.rejects == []
    return outcome


def test_asterisk_with_several_legs_a_call_and_names_in_broken_encoding(samples: Path) -> None:
    legs = real(samples, "asterisk/Master_multileg_linkedid_pseudonymised.csv").legs
    assert len(legs) == 84
    assert len({leg["call_id"] for leg in legs}) == 36
    assert len({(leg["call_id"], leg["leg_id"]) for leg in legs}) == 84
    assert Counter(leg["release_reason"] for leg in legs) == {"ANSWERED": 37, "NO ANSWER": 46, "BUSY": 1}
    assert sum(leg["answered_ms"] for leg in legs) == 974_000
    assert sum(leg["answered_ms"] for leg in legs if leg["is_answered"]) == 884_000


@pytest.mark.parametrize(
    ("name", "rows"), [("Master_small_parallel_calls.csv", 45), ("Master_small_wo_parallel_calls.csv", 34)]
)
def test_asterisk_without_linkedid(samples: Path, name: str, rows: int) -> None:
    legs = real(samples, f"asterisk/{name}").legs
    assert len(legs) == rows
    assert sum(leg["is_answered"] for leg in legs) == 27


def test_freeswitch_with_a_uuid_three_times_and_times_cut_to_minutes(samples: Path) -> None:
    legs = real(samples, "freeswitch/mod_cdr_csv_Master.csv", "freeswitch_csv").legs
    assert len(legs) == 10
    ((call_id, count),) = Counter(leg["call_id"] for leg in legs).most_common(1)
    assert count == 3
    same = pl.DataFrame([leg for leg in legs if leg["call_id"] == call_id]).drop("line_number")
    assert (same.n_unique(), sorted(same["release_reason"])) == (2, ["NORMAL_CLEARING"] * 2 + ["USER_BUSY"])
    assert (same["setup_at"].dt.second() == 0).all()


PJSIP = """
kind = "csv"
header = false
fields = ["clid", "src", "dst", "dcontext", "channel", "dstchannel", "lastapp", "lastdata", "start", "answer", "end",
    "duration", "billsec", "disposition", "amaflags", "accountcode", "uniqueid", "userfield", "sequence"]
[columns]
call_id = "uniqueid"
leg_id = { from = ["uniqueid", "sequence"], joiner = "/" }
a_number = "src"
b_number = "dst"
account_code = "accountcode"
trunk = { from = "channel", extract = '^PJSIP/(.+)-[0-9a-f]+$' }
carrier_key = { from = "dstchannel", extract = '^PJSIP/(.+)-[0-9a-f]+$' }
setup_at = { from = "start", format = "%Y-%m-%d %H:%M:%S" }
answered_at = { from = "answer", format = "%Y-%m-%d %H:%M:%S" }
ended_at = { from = "end", format = "%Y-%m-%d %H:%M:%S" }
answered_ms = { from = "billsec", unit = "s" }
is_answered = { from = "disposition", map = { ANSWERED = true, "NO ANSWER" = false } }
"""


def test_a_custom_asterisk_needs_no_code(samples: Path) -> None:
    content = (samples / "samples" / "asterisk/Master_custom_pjsip.csv").read_bytes()
    outcome = read(content, feed(declared(PJSIP)))
    assert (len(outcome.legs), outcome.rejects) == (14, [])
    lines = content.decode().splitlines()
    assert sum(leg["is_answered"] for leg in outcome.legs) == sum('"ANSWERED"' in line for line in lines)
    first = outcome.legs[0]
    assert (first["a_number"], first["a_number_raw"], first["b_number"]) == (None, "client1", "6789")
    assert (first["leg_id"], first["trunk"], first["carrier_key"]) == ("1690325492.2/2", "client1", "client2")
    assert (first["answered_ms"], (first["answered_at"] - first["setup_at"]).seconds) == (13_000, 18)


def test_freeswitch_json_over_lines_and_on_one(samples: Path) -> None:
    content = (samples / "samples" / "freeswitch/mod_json_cdr_sample.json").read_bytes()
    leg = read(content, feed("freeswitch_json")).leg
    assert (leg["call_id"], leg["line_number"]) == ("3da8bf84-c133-4959-9e24-e72875cb33a1", 1)
    assert (leg["setup_at"], leg["pdd_ms"]) == (datetime(2018, 1, 11, 10, 25, 44, 534355), 59)
    assert (leg["answered_at"], leg["answered_ms"]) == (datetime(2018, 1, 11, 10, 25, 47, 954373), 67_539)
    assert (leg["ended_at"] - leg["answered_at"]) // timedelta(milliseconds=1) == leg["answered_ms"]
    assert (leg["a_number"], leg["b_number"], leg["source_ip"]) == ("1001", "1002", "10.10.10.100")
    assert (leg["sip_status_code"], leg["q850_cause_code"], leg["release_reason"]) == (200, 16, "NORMAL_CLEARING")
    # every text of this file that holds a percent sign is coded, and what mod_json_cdr coded is read back
    line = json.dumps(json.loads(content)).encode() + b"\n"
    outcome = read(line * 3, feed("freeswitch_json"))
    assert [one | {"line_number": 1} for one in outcome.legs] == [leg] * 3
    caller = declared("extends = 'freeswitch_json'\n[columns]\n"
                      "release_reason = { from = 'variables.caller_id', coding = 'percent' }")  # fmt: skip
    assert read(content, feed(caller)).leg["release_reason"] == '"1001" <1001>'


def test_cisco_without_a_row_of_types(samples: Path) -> None:
    content = (samples / "samples" / "cisco/cucm_10_cdr_203.csv").read_bytes()
    outcome = read(content, feed("cisco_cucm"))
    assert outcome.reasons == dict.fromkeys([79, 80, 81], "missing_b_number")
    assert len(outcome.legs) == 200
    answered = [leg for leg in outcome.legs if leg["is_answered"]]
    assert [leg["line_number"] for leg in answered] == [2, 3]
    assert sum(leg["answered_ms"] for leg in outcome.legs) == 2000
    first = answered[0]
    assert (first["setup_at"], first["ended_at"]) == (datetime(2016, 3, 2, 6, 36, 25), datetime(2016, 3, 2, 6, 37, 7))
    assert (first["call_id"], first["carrier_key"]) == ("StandAloneCluster/1/22020", "SEPF84F5794DD01")
    # the file writes its addresses twice, once as numbers and once as they are
    rows = list(csv.DictReader(io.StringIO(content.decode("latin-1"))))
    assert [leg["source_ip"] for leg in outcome.legs] == [
        row["origIpv4v6Addr"] for number, row in enumerate(rows, start=2) if number not in outcome.reasons
    ]
    assert {leg["q850_cause_code"] for leg in outcome.legs} <= {1, 16, 17, 21, 22, 27, 41, 81}


ERS = """
kind = "fixed_width"
comment = "HDR"
row_begins = "CDR"
[fields]
record = { start = 4, length = 7 }
setup = { start = 15, length = 14 }
a = { start = 32, length = 9 }
b = { start = 50, length = 23 }
talk = { start = 128, length = 6 }
[trailer]
begins = "TRL"
row_count = { start = 142, length = 8 }
total_seconds = { start = 150, length = 10, unit = "hms" }
[columns]
call_id = "record"
setup_at = { from = "setup", format = "%Y%m%d%H%M%S" }
answered_ms = { from = "talk", unit = "hms" }
is_answered = { constant = true }
a_number = "a"
b_number = "b"
"""


def test_a_fixed_width_file_agrees_with_its_trailer(samples: Path) -> None:
    content = (samples / "samples" / "fixed_width/ers_fixed_width.CDR").read_bytes()
    outcome = read(content, feed(declared(ERS)))
    assert (len(outcome.legs), outcome.rejects) == (33, [])
    # the trailer's 3055 is 30 min 55 s, as the rows' 000217 is 2 min 17 s
    assert sum(leg["answered_ms"] for leg in outcome.legs) == (30 * 60 + 55) * 1000
    assert (outcome.legs[4]["answered_ms"], outcome.legs[4]["b_number"]) == (137_000, "004212")
    lines = content.splitlines(keepends=True)
    with pytest.raises(FileFault, match="wrong_trailer: the trailer states 33 rows, the file holds 32"):
        read(b"".join(lines[:5] + lines[6:]), feed(declared(ERS)))
    with pytest.raises(FileFault, match="truncated"):
        read(b"".join(lines[:-1]), feed(declared(ERS)))


FLATSTORE = """
kind = "csv"
delimiter = "|"
quote = ""
header = false
fields = ["method", "from_tag", "to_tag", "callid", "code", "reason", "at", "account", "from", "to", "x", "dialog"]
[columns]
call_id = "callid"
setup_at = { from = "at", format = "epoch_s" }
answered_ms = { constant = 0 }
is_answered = { from = "code", map = { 200 = true }, others = "false" }
sip_status_code = "code"
a_number = "from"
b_number = "to"
account_code = "account"
"""


def test_failures_of_opensips_can_be_declared_and_what_is_to_be_paired_cannot(samples: Path) -> None:
    folder = samples / "samples" / "opensips"
    legs = read((folder / "opensips_flatstore_fullMissed.psv").read_bytes(), feed(declared(FLATSTORE))).legs
    assert [(leg["sip_status_code"], leg["is_answered"]) for leg in legs] == [(487, False), (404, False), (486, False)]
    paired = read((folder / "opensips_flatstore_part1.psv").read_bytes(), feed(declared(FLATSTORE)))
    assert paired.reasons == {1: "missing_b_number"}  # a BYE alone


PARTIAL = """
kind = "csv"
header = false
fields = ["a", "b", "product", "setup", "connect", "x", "talk", "period", "price", "account", "state"]
[columns]
call_id = { from = ["account", "a", "b"], joiner = "/" }
setup_at = { from = "setup", format = "%d.%m.%Y %H:%M:%S" }
answered_ms = { from = "talk", unit = "s" }
is_answered = { constant = true }
a_number = "a"
b_number = "b"
account_code = "account"
"""


def test_parts_of_a_long_call_are_rows_like_others(samples: Path) -> None:
    seconds = []
    for number in (1, 2, 3):
        content = (samples / "samples" / f"partial/partial_cdr_{number}.csv").read_bytes()
        legs = read(content, feed(declared(PARTIAL), national_prefix=None, international_prefix="00")).legs
        seconds += [leg["answered_ms"] // 1000 for leg in legs]
        assert {leg["b_number"][:2] for leg in legs} == {"49"}
    assert seconds == [65, 74, 15, 23]


@pytest.mark.parametrize("of", ["freeswitch_csv", "asterisk_csv", "freeswitch_json", "cisco_cucm", "connexcs_csv"])
def test_broadworks_xml_is_no_file_of_another_switch(samples: Path, of: str) -> None:
    with pytest.raises(FileFault, match=r"^(wrong_format|wrong_header): "):
        read((samples / "samples" / "broadworks/broadworks_cdr.xml").read_bytes(), feed(of))
