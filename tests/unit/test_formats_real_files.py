"""Files that real switches wrote, with the facts known of them; skipped where they are not at hand.

Belongs here: what must hold of the files in TOLLBOOK_SAMPLES.
Does not belong here: rules (the other tests of formats), copies of those files.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import polars as pl
import pytest

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
