"""The demo as a whole: repeatable, complete in its oddities, and true to what it writes."""

from __future__ import annotations

import csv
import gzip
import io
import json
import tomllib
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pytest

from pipelines.demo import DemoPlan, DemoTruth, demo_configuration, generate_demo
from pipelines.demo.plan import FEEDS

END = datetime(2026, 11, 23, 20)


@dataclass
class Written:
    """A demo in memory: what lies below landing and below truth, by path."""

    plan: DemoPlan
    landing: dict[str, bytes]
    truth: dict[str, bytes]
    told: DemoTruth

    def table(self, name: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.truth[name].decode())))

    def lines(self, path: str) -> list[str]:
        """Return the rows of a readable file: neither header nor blank lines."""
        content = self.landing[path]
        if path.endswith(".gz"):
            content = gzip.decompress(content)
        elif path.endswith(".zst"):
            content = pa.input_stream(io.BytesIO(content), compression="zstd").read()
        lines = content.decode().split("\n")
        return [line for line in lines[path.startswith("nyc1") :] if line]


def make(days: int, calls: int, seed: int = 7, end: datetime = END) -> Written:
    landing: dict[str, bytes] = {}
    truth: dict[str, bytes] = {}

    def write(path: str, content: bytes) -> None:
        assert path not in landing
        landing[path] = content

    plan = DemoPlan(days, calls, seed, end)
    return Written(plan, landing, truth, generate_demo(plan, write, truth.__setitem__))


@pytest.fixture(scope="module")
def demo() -> Written:
    return make(2, 1500)


def test_the_same_plan_gives_the_same_bytes_and_another_seed_does_not(demo: Written) -> None:
    again, other = make(2, 1500), make(2, 1500, seed=8)
    assert again.landing == demo.landing
    assert again.truth == demo.truth
    assert list(again.landing) == list(demo.landing)
    assert other.truth["customer_day.csv"] != demo.truth["customer_day.csv"]


@pytest.mark.parametrize("end", [END, END.replace(hour=3), datetime(2027, 1, 1, 0)])
@pytest.mark.parametrize("calls", [1, 400])
def test_a_single_day_has_every_kind_of_oddity(calls: int, end: datetime) -> None:
    told = make(1, calls, end=end).told
    assert set(told.rejects_by_reason) >= {
        "unreadable_row", "missing_call_id", "missing_b_number", "missing_setup_at", "missing_answered_ms",
        "unparsable_setup_at", "unparsable_answered_at", "unparsable_ringing_at", "unparsable_ended_at",
        "unparsable_answered_ms", "unparsable_leg_number", "unparsable_pdd_ms", "unparsable_sip_status_code",
        "unparsable_q850_cause_code", "unparsable_dtmf_digit_count", "unknown_value_is_answered", "negative_duration",
        "answered_before_setup", "ended_before_setup", "answered_after_end", "setup_in_future",
    }  # fmt: skip
    assert set(told.anomalies_by_code) == {
        "answered_without_talk_time", "talk_time_without_answer", "talk_time_over_maximum", "durations_disagree",
        "call_id_reused", "several_answered_legs", "customer_keys_disagree",
    }  # fmt: skip
    assert set(told.unrated_by_reason) == {
        "unknown_customer", "no_revision_in_force", "no_matching_prefix", "blocked_prefix", "held_over_maximum",
    }  # fmt: skip
    faults = {"empty", "truncated", "binary", "wrong_encoding", "wrong_header", "wrong_format"}
    assert set(told.files_by_status) == faults | {"loaded", "copy_of"}
    assert told.conflict_count > 0
    assert told.duplicate_count > 0


def test_carrier_legs_miss_a_cost_for_each_reason(demo: Written) -> None:
    reasons = json.loads(demo.truth["summary.json"])["unrated_legs_by_reason"]
    assert set(reasons) >= {"unknown_carrier", "no_rate_card", "no_matching_prefix", "held_over_maximum"}


def test_every_row_of_every_file_is_accounted_for(demo: Written) -> None:
    files = demo.table("files.csv")
    faults = {"empty", "truncated", "binary", "wrong_encoding", "wrong_header", "wrong_format"}
    for told in files:
        outcome = sum(int(told[f"{kind}_count"]) for kind in ("accepted", "rejected", "duplicate", "conflict"))
        assert outcome == int(told["row_count"])
        if told["status_code"] in faults:
            assert outcome == 0
        else:
            assert len(demo.lines(told["path"])) == outcome > 0, told["path"]
    delivered = {path for path in demo.landing if not path.startswith("reference/")} - {"nyc1/NOTES.txt"}
    assert {told["path"] for told in files} == delivered
    assert sum(int(told["rejected_count"]) for told in files) == len(demo.table("rejects.csv"))


def test_every_feed_has_a_file_for_every_hour_to_the_last() -> None:
    small = make(2, 1)
    for feed in FEEDS:
        for hours in range(48):
            stem = (END - timedelta(hours=hours)).strftime(f"{feed.feed_id}/%Y/%m/%d/cdr-%Y%m%d%H.csv")
            assert sum(path in (stem, f"{stem}.gz", f"{stem}.zst") for path in small.landing) == 1, stem


def test_rejected_lines_are_where_truth_says(demo: Written) -> None:
    for told in demo.table("rejects.csv"):
        if told["reject_reason_code"] == "missing_call_id":
            line = demo.landing[told["path"]].decode().split("\n")[int(told["line_number"]) - 1]
            assert line.startswith(",1,")
            break
    else:
        pytest.fail("no row without a call id")


def test_a_late_file_holds_calls_of_hours_ago_and_of_no_other_file(demo: Written) -> None:
    (late,) = (path for path in demo.landing if "_late" in path)
    named = datetime.strptime(late.split("cdr-")[1][:10], "%Y%m%d%H")
    rows = [next(csv.reader([line])) for line in demo.lines(late)]
    assert all(datetime.fromisoformat(row[6]) < named - timedelta(hours=7) for row in rows)
    told = next(one for one in demo.table("files.csv") if one["path"] == late)
    assert int(told["accepted_count"]) == len(rows) > 3


def test_copies_hold_nothing_but_duplicates(demo: Written) -> None:
    copies = [one for one in demo.table("files.csv") if one["status_code"] == "copy_of"]
    assert [one["path"].split("_")[1].split(".")[0] for one in copies] == ["again", "resent"]
    for one in copies:
        assert sum(content == demo.landing[one["path"]] for content in demo.landing.values()) == 2
        assert one["accepted_count"] == "0"
        assert int(one["duplicate_count"]) == int(one["row_count"]) > 5


def test_totals_agree_among_themselves(demo: Written) -> None:
    days = demo.table("customer_day.csv")
    told = demo.told
    assert sum(int(day["attempt_count"]) for day in days) == told.call_count
    assert sum(int(day["unrated_count"]) for day in days) == told.unrated_count == sum(told.unrated_by_reason.values())
    charges: Counter[str] = Counter()
    for day in days:
        charges[day["currency_code"]] += int(Decimal(day["charge_amount"]) * 10**6)
        assert (day["cost_amount"] == "") == (day["cost_unknown_count"] != "0")
        assert int(day["dtmf_call_count"]) <= int(day["dtmf_observed_count"]) <= int(day["answer_count"])
        assert int(day["answer_count"]) <= int(day["ner_count"]) <= int(day["attempt_count"])
    assert {code: f"{Decimal(sum_) / 10**6:.6f}" for code, sum_ in charges.items() if code} == told.charge_amounts
    legs = demo.table("carrier_day.csv")
    assert sum(int(day["attempt_count"]) for day in legs) == told.accepted_count
    assert told.row_count == sum(
        (told.accepted_count, told.rejected_count, told.duplicate_count, told.conflict_count)
    )  # fmt: skip


def test_the_plan_is_kept_and_fits_the_range(demo: Written) -> None:
    assert 3000 <= demo.told.call_count <= 3000 + 3 * 48 + 60
    assert {day["currency_code"] for day in demo.table("customer_day.csv")} == {"EUR", "GBP", "USD", ""}
    # The hung call began before; nothing is later than the last hour but the rejected row of the future.
    assert {day["day"] for day in demo.table("customer_day.csv")} <= {"2026-11-21", "2026-11-22", "2026-11-23"}


def test_the_failing_carrier_fails_in_one_afternoon() -> None:
    rows = make(1, 6000)
    hours: Counter[str] = Counter()
    answers: Counter[str] = Counter()
    for path in rows.landing:
        if path.startswith("nyc1/2026/11") and ".csv" in path and "_b" not in path:
            for line in rows.lines(path):
                fields = line.split(",")
                if len(fields) == 20 and fields[15] == "gw-deltavox":
                    hours[fields[2][11:13]] += 1
                    answers[fields[2][11:13]] += fields[16] == "200"
    failing = [f"{hour}" for hour in range(13, 18)]
    assert sum(answers[hour] for hour in failing) / sum(hours[hour] for hour in failing) < 0.12
    assert answers["10"] / hours["10"] > 0.3


def test_progress_tells_every_hour() -> None:
    done: list[tuple[str, int, int]] = []
    plan = DemoPlan(1, 50, 1, END)
    generate_demo(plan, lambda *_: None, lambda *_: None, lambda *step: done.append(step))
    assert done == [("hours", hour, 24) for hour in range(1, 25)]


@pytest.mark.parametrize(
    ("days", "calls", "end"), [(0, 1, END), (1, 0, END), (1, 1, END.replace(minute=1))]
)  # fmt: skip
def test_an_impossible_plan_is_refused(days: int, calls: int, end: datetime) -> None:
    with pytest.raises(ValueError, match="must be"):
        DemoPlan(days, calls, 1, end)


def test_the_configuration_claims_every_file_of_the_demo(demo: Written) -> None:
    settings = tomllib.loads(demo_configuration())
    assert {name: feed["timezone"] for name, feed in settings["feeds"].items()} == {
        feed.feed_id: feed.zone for feed in FEEDS
    }
    for told in demo.table("files.csv"):
        feed = settings["feeds"][told["path"].split("/")[0]]
        stem = feed["files"].split("*")[0]
        # Both folder and name carry the date; the name ends in the hour right before the free part.
        digits = told["path"].split("cdr-")[1][:10]
        assert told["path"].startswith(datetime.strptime(digits, "%Y%m%d%H").strftime(stem))
