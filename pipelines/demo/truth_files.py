"""The expected totals as files below truth/.

Belongs here: CSV and JSON text of what truth.py reckoned.
Does not belong here: any reckoning but sums.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

from pipelines.demo.plan import DAY, DemoPlan, DemoTruth, iso_date, iso_second
from pipelines.demo.reference_files import table_bytes
from pipelines.demo.truth import Totals, Truth


def amount(micros: int) -> str:
    """Return millionths as decimal text with six places."""
    return f"{micros // 1_000_000}.{micros % 1_000_000:06d}"


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds // 1000}.{milliseconds % 1000:03d}"


def _shared(one: Totals) -> tuple[object, ...]:
    return (one.attempts, one.answers, one.ner, _seconds(one.talk_ms), one.billed_seconds)


def _tail(one: Totals) -> tuple[object, ...]:
    return (one.dtmf_observed, one.dtmf_calls, one.unrated, one.pdd_ms, one.pdd_count)


_SHARED = ("attempt_count", "answer_count", "ner_count", "talk_seconds", "billed_seconds")
_TAIL = ("dtmf_observed_count", "dtmf_call_count", "unrated_count", "pdd_ms_sum", "pdd_count")


def demo_truth(truth: Truth) -> DemoTruth:
    """Return the totals of everything taken and settled so far."""
    charges: Counter[str] = Counter()
    for (_, _, currency), one in truth.customer_days.items():
        if currency:
            charges[currency] += one.charge
    days = truth.customer_days.values()
    return DemoTruth(
        file_count=len(truth.files),
        row_count=sum(one.rows for one in truth.files),
        accepted_count=sum(one.accepted for one in truth.files),
        rejected_count=sum(one.rejected for one in truth.files),
        duplicate_count=sum(one.duplicates for one in truth.files),
        conflict_count=sum(one.conflicts for one in truth.files),
        call_count=sum(one.attempts for one in days),
        answer_count=sum(one.answers for one in days),
        unrated_count=sum(one.unrated for one in days),
        charge_amounts={currency: amount(charges[currency]) for currency in sorted(charges)},
        files_by_status=_sorted(Counter(one.status for one in truth.files)),
        rejects_by_reason=_sorted(Counter(reason for _, _, reason in truth.rejects)),
        anomalies_by_code=_sorted(Counter(code for _, _, code in truth.anomalies)),
        unrated_by_reason=_sorted(truth.unrated),
    )


def _sorted(counts: Counter[str]) -> dict[str, int]:
    return {name: counts[name] for name in sorted(counts)}


def truth_files(plan: DemoPlan, truth: Truth) -> Iterator[tuple[str, bytes]]:
    """Yield (path, bytes) of every truth file, the path to be put below truth/."""
    yield (
        "customer_day.csv",
        table_bytes(
            ("day", "customer_id", "currency_code", *_SHARED, "charge_amount", "cost_amount", "cost_unknown_count",
             *_TAIL),
            (
                (iso_date(day * DAY), customer, currency, *_shared(one), amount(one.charge),
                 "" if one.cost_unknown else amount(one.cost), one.cost_unknown, *_tail(one))
                for (day, customer, currency), one in sorted(truth.customer_days.items())
            ),
        ),
    )  # fmt: skip
    yield (
        "carrier_day.csv",
        table_bytes(
            ("day", "carrier_id", "currency_code", *_SHARED, "cost_amount", *_TAIL),
            (
                (iso_date(day * DAY), carrier, currency, *_shared(one), amount(one.cost), *_tail(one))
                for (day, carrier, currency), one in sorted(truth.carrier_days.items())
            ),
        ),
    )
    yield (
        "files.csv",
        table_bytes(
            ("path", "status_code", "row_count", "accepted_count", "rejected_count", "duplicate_count",
             "conflict_count"),
            (
                (one.path, one.status, one.rows, one.accepted, one.rejected, one.duplicates, one.conflicts)
                for one in sorted(truth.files, key=lambda file: file.path.encode())
            ),
        ),
    )  # fmt: skip
    yield "rejects.csv", table_bytes(("path", "line_number", "reject_reason_code"), sorted(truth.rejects))
    yield "anomalies.csv", table_bytes(("feed_id", "call_id", "anomaly_code"), sorted(truth.anomalies))
    told = demo_truth(truth)
    summary: dict[str, object] = {
        "days": plan.days,
        "calls_per_day": plan.calls_per_day,
        "seed": plan.seed,
        "from": iso_second(plan.start),
        "to": iso_second(plan.end),
    }
    summary |= {name: getattr(told, name) for name in DemoTruth.__dataclass_fields__}
    summary["unrated_legs_by_reason"] = _sorted(truth.leg_unrated)
    yield "summary.json", (json.dumps(summary, indent=2) + "\n").encode()
