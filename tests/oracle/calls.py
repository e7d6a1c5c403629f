"""From legs to calls: duplicates and conflicts out, chains cut, legs in order.

Belongs here: which rows are kept and which legs are one call.
Does not belong here: money.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from datetime import datetime, timedelta

from tests.oracle.model import Leg

CALL_ID_MEMORY = timedelta(hours=24)
"""How long after its last leg a call's id counts as reused when another call has it."""


def canonical(leg: Leg) -> tuple[object, ...]:
    """Everything a row says, and nothing of where it stood."""
    return (
        leg.call_id, leg.leg_id, leg.leg_number,
        leg.a_number if leg.a_number is not None else ("raw", leg.a_number_raw),
        leg.b_number if leg.b_number is not None else ("raw", leg.b_number_raw),
        leg.account_code, leg.tech_prefix, leg.trunk, leg.source_ip, leg.carrier_key,
        leg.setup_at, leg.ringing_at, leg.answered_at, leg.ended_at, leg.is_answered, leg.answered_ms, leg.pdd_ms,
        leg.sip_status_code, leg.q850_cause_code, leg.release_reason, leg.dtmf_digit_count,
    )  # fmt: skip


def chains(legs: Iterable[Leg], key: Callable[[Leg], Hashable], spread: timedelta) -> list[list[Leg]]:
    """Legs of one key in order of setup, cut where one starts more than `spread` after the one before."""
    by_key: dict[Hashable, list[Leg]] = defaultdict(list)
    for leg in legs:
        by_key[key(leg)].append(leg)
    found: list[list[Leg]] = []
    for group in by_key.values():
        group.sort(key=lambda leg: leg.setup_at)
        chain = [group[0]]
        for leg in group[1:]:
            if leg.setup_at - chain[-1].setup_at > spread:
                found.append(chain)
                chain = []
            chain.append(leg)
        found.append(chain)
    return found


def remove_copies(legs: list[Leg], spread: timedelta) -> tuple[list[Leg], list[Leg], list[Leg]]:
    """Split legs into kept, duplicates and conflicts."""
    kept: list[Leg] = []
    duplicates: list[Leg] = []
    conflicts: list[Leg] = []
    for group in chains(legs, lambda leg: (leg.feed.feed_id, leg.call_id, leg.leg_id), spread):
        group.sort(key=lambda leg: (leg.drop_hour, leg.path.encode(), leg.line))
        first = group[0]
        kept.append(first)
        for leg in group[1:]:
            (duplicates if canonical(leg) == canonical(first) else conflicts).append(leg)
    return kept, duplicates, conflicts


def build_calls(legs: list[Leg], spread: timedelta) -> list[tuple[list[Leg], bool]]:
    """Return calls as (legs in the call's order, whether an earlier call used its id within a day)."""
    calls = []
    last_use: dict[tuple[str, str], datetime] = {}
    for chain in chains(legs, lambda leg: (leg.feed.feed_id, leg.call_id), spread):
        identity = (chain[0].feed.feed_id, chain[0].call_id)
        in_order = sorted(chain, key=lambda leg: (leg.leg_number, leg.setup_at, leg.leg_id.encode()))
        starts = [leg.setup_at for leg in chain]
        before = last_use.get(identity)
        calls.append((in_order, before is not None and min(starts) - before <= CALL_ID_MEMORY))
        last_use[identity] = max(starts)
    return calls
