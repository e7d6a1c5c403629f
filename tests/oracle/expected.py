"""The oracle's one entry: files and reference data in, every expected table out.

Belongs here: the order of the steps and the shape of the tables.
Does not belong here: any rule of its own.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from fractions import Fraction

from tests.oracle.calls import build_calls, remove_copies
from tests.oracle.channels import live_channels
from tests.oracle.clocks import milliseconds
from tests.oracle.model import Expected, FileCount, Leg, OracleInput, RatedCall, RatedLeg, Reject, Row
from tests.oracle.rating import convert, find_carrier, find_customer, is_ner, rate_leg
from tests.oracle.reading import read_file
from tests.oracle.reference import Reference, read_reference
from tests.oracle.summaries import GRAINS, carrier_summary, customer_summary, hour_of


def calculate(given: OracleInput, *, with_channels: bool = True) -> Expected:
    """Calculate everything: summaries, channels, reconciliation, rejects, anomalies, unrated, calls."""
    reference = read_reference(given.reference)
    files: list[FileCount] = []
    read: list[Leg] = []
    rejects: list[Reject] = []
    for file in given.files:
        count, file_legs, file_rejects = read_file(file)
        files.append(count)
        read += file_legs
        rejects += file_rejects

    expected = Expected()
    kept, expected.duplicates, expected.conflicts = remove_copies(read, given.call_spread)
    by_path = {count.path: count for count in files}
    for leg in kept:
        by_path[leg.path].accepted_count += 1
    for leg in expected.duplicates:
        by_path[leg.path].duplicate_count += 1
    for leg in expected.conflicts:
        by_path[leg.path].conflict_count += 1

    anomalies = [(leg, code) for leg in kept for code in leg.anomalies]
    for call_legs, is_reused in build_calls(kept, given.call_spread):
        call, keys_disagree = rate_call(call_legs, reference, given)
        expected.calls.append(call)
        expected.legs += call.legs
        if is_reused:
            anomalies.append((call_legs[0], "call_id_reused"))
        if keys_disagree:
            anomalies.append((call_legs[0], "customer_keys_disagree"))
        anomalies += [(leg, "several_answered_legs") for leg in [leg for leg in call_legs if leg.is_answered][1:]]

    tables = expected.tables
    for grain in GRAINS:
        tables[f"customer_summary_{grain}"] = customer_summary(grain, expected.calls, reference, given, files)
        tables[f"carrier_summary_{grain}"] = carrier_summary(grain, expected.legs, reference, given, files)
    tables["file_reconciliation"] = [file_row(count) for count in files]
    tables["rejects"] = [
        {"file_path": reject.path, "line_number": reject.line, "reject_reason_code": reject.reason}
        for reject in rejects
    ]
    tables["anomalies"] = [anomaly_row(leg, code) for leg, code in anomalies]
    tables["conflicting_duplicates"] = [leg_place(leg) for leg in expected.conflicts]
    tables["unrated"] = unrated(expected)
    if with_channels:
        tables["live_channels"] = live_channels(expected.calls, expected.legs, given.as_of)
    return expected


def rate_call(legs: list[Leg], reference: Reference, given: OracleInput) -> tuple[RatedCall, bool]:
    """Rate one call by its legs in order; also whether its customer keys disagree."""
    first = legs[0]
    setup_at = min(leg.setup_at for leg in legs)
    answered = [leg for leg in legs if leg.is_answered]
    main = answered[0] if answered else legs[-1]
    customer_id, key_type, keys_disagree = find_customer(reference, first, setup_at)
    currency, card = None, None
    if customer_id is not None:
        currency = reference.customers[customer_id]["currency_code"]
        card = reference.cards.get(reference.customer_card(customer_id, setup_at))
    unknown = "unknown_customer" if customer_id is None else None
    rated_legs = [rate_buy(leg, currency, reference, given) for leg in legs]
    answered_costs = [rated.cost_in_customer_currency for rated in rated_legs if rated.leg.is_answered]
    ringing = [leg.ringing_at for leg in legs if leg.ringing_at is not None]
    return RatedCall(
        feed_id=first.feed.feed_id, call_id=first.call_id, legs=rated_legs, setup_at=setup_at,
        ended_at=max(leg.ended_at for leg in legs), customer_id=customer_id, customer_key_type=key_type,
        currency_code=currency, is_answered=bool(answered), main_leg=main,
        rating=rate_leg(main, bool(answered), first.b_number, setup_at, card, unknown),
        is_ner=is_ner(main, bool(answered)),
        pdd_ms=milliseconds(min(ringing) - setup_at) if ringing else None,
        cost_amount=sum((cost for cost in answered_costs if cost is not None), Fraction(0)),
        cost_unknown_count=sum(1 for cost in answered_costs if cost is None),
    ), keys_disagree  # fmt: skip


def rate_buy(leg: Leg, customer_currency: str | None, reference: Reference, given: OracleInput) -> RatedLeg:
    """Rate one leg by its carrier's card, at its own setup and with its own number."""
    carrier_id = find_carrier(reference, leg)
    currency, card = None, None
    if carrier_id is not None:
        currency = reference.carriers[carrier_id]["currency_code"]
        card = reference.cards.get(reference.carriers[carrier_id].get("rate_card_id") or "")
    unknown = "unknown_carrier" if carrier_id is None else None
    rating = rate_leg(leg, leg.is_answered, leg.b_number, leg.setup_at, card, unknown)
    known = convert(reference, rating.amount, currency, customer_currency, given.base_currency, leg.setup_at)
    return RatedLeg(leg, carrier_id, currency, rating, is_ner(leg, leg.is_answered), known)


def unrated(expected: Expected) -> list[Row]:
    """How many answered calls (sell) and legs (buy) could not be rated, by owner and reason."""
    sell = Counter((call.customer_id, call.rating.unrated_reason) for call in expected.calls)
    buy = Counter((leg.carrier_id, leg.rating.unrated_reason) for leg in expected.legs)
    return [
        {
            "side_code": side,
            "customer_id": owner if side == "sell" else None,
            "carrier_id": owner if side == "buy" else None,
            "unrated_reason_code": reason,
            "unrated_count": number,
        }
        for side, counts in (("sell", sell), ("buy", buy))
        for (owner, reason), number in counts.items()
        if reason is not None
    ]


def file_row(count: FileCount) -> Row:
    """One row of file_reconciliation."""
    row = asdict(count)
    return {
        "feed_id": row["feed_id"], "file_path": row["path"], "drop_hour_at": row["drop_hour"],
        "status_code": row["status"], "row_count": row["row_count"], "accepted_count": row["accepted_count"],
        "rejected_count": row["rejected_count"], "duplicate_count": row["duplicate_count"],
        "conflict_count": row["conflict_count"],
    }  # fmt: skip


def leg_place(leg: Leg) -> Row:
    """Where a leg stands and what it is called."""
    return {
        "file_path": leg.path, "line_number": leg.line, "feed_id": leg.feed.feed_id,
        "call_id": leg.call_id, "leg_id": leg.leg_id,
    }  # fmt: skip


def anomaly_row(leg: Leg, code: str) -> Row:
    """One row of anomalies, with the hour of the leg's setup."""
    return {**leg_place(leg), "hour_start_at": hour_of(leg.setup_at), "anomaly_code": code}


def call_rows(expected: Expected) -> list[Row]:
    """Return the call list, one row a call, keyed by (feed_id, call_id, setup_at)."""
    return [
        {
            "feed_id": call.feed_id, "call_id": call.call_id, "setup_at": call.setup_at,
            "ended_at": call.ended_at, "customer_id": call.customer_id, "currency_code": call.currency_code,
            "rate_card_id": call.rating.rate_card_id, "prefix": call.rating.prefix,
            "sell_destination_name": call.rating.destination_name, "is_answered": call.is_answered,
            "talk_seconds": Fraction(call.main_leg.talk_ms, 1000) if call.is_answered else Fraction(0),
            "billed_seconds": call.rating.billed_seconds, "charge_amount": call.rating.amount,
            "unrated_reason_code": call.rating.unrated_reason, "leg_count": len(call.legs),
            "is_ner": call.is_ner, "pdd_ms": call.pdd_ms, "cost_amount": call.cost_amount,
            "cost_unknown_count": call.cost_unknown_count, "file_path": call.main_leg.path,
            "line_number": call.main_leg.line,
        }
        for call in expected.calls
    ]  # fmt: skip


def leg_rows(expected: Expected) -> list[Row]:
    """Return the leg list, one row a leg, keyed by (feed_id, call_id, leg_id, setup_at)."""
    rows: list[Row] = []
    for rated in expected.legs:
        leg, rating = rated.leg, rated.rating
        rows.append(
            {
                "feed_id": leg.feed.feed_id, "call_id": leg.call_id, "leg_id": leg.leg_id, "setup_at": leg.setup_at,
                "carrier_id": rated.carrier_id, "cost_currency_code": rated.currency_code,
                "buy_destination_name": rating.destination_name, "is_answered": leg.is_answered,
                "talk_seconds": Fraction(leg.talk_ms, 1000), "billed_seconds": rating.billed_seconds,
                "cost_amount": rating.amount, "unrated_reason_code": rating.unrated_reason, "is_ner": rated.is_ner,
                "pdd_ms": leg.pdd_ms, "cost_in_customer_currency_amount": rated.cost_in_customer_currency,
                "file_path": leg.path, "line_number": leg.line,
            }
        )  # fmt: skip
    return rows
