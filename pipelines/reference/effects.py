"""From when on two versions of the reference data could rate a leg or call differently.

Belongs here: the comparison of two versions, piece by piece, which keeps recomputation small.
Does not belong here: what really changes (that takes the calls), which hours are recomputed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import polars as pl
import pyarrow as pa

from pipelines.reference.derive import DEFAULT_TALK_TIME_MAXIMUM_MS
from pipelines.reference.fields import SINCE_EVER

Effect = datetime | None | Literal["always"]
Steps = list[tuple[datetime, object]]
"""A value over time: (from, value), sorted, each up to the next; before the first there is none."""


@dataclass(frozen=True, slots=True)
class _Version:
    """One version as functions of time, and from when on each customer, carrier and card is reached by a key."""

    keys: dict[object, Steps]
    owners: dict[object, object]
    cards_of: dict[object, Steps]
    card_facts: dict[object, object]
    revisions: dict[object, Steps]
    reach: dict[object, datetime]
    card_reach: dict[object, datetime]


def effects_from(old: Mapping[str, pa.Table], new: Mapping[str, pa.Table]) -> Effect:
    """Return the earliest setup_at (naive UTC) from which rated rows could differ between *old* and *new*.

    None: nothing that changes rated rows differs. 'always': there is no such instant. The answer may be too early,
    never too late: it compares what the tables say, not which calls there were. For costs the instant is that of the
    leg, so the call of such a leg may have begun a little earlier.
    """
    if old["rating_settings"].to_pylist() != new["rating_settings"].to_pylist() or _bounds_differ(old, new):
        return "always"
    before, after = _version(old), _version(new)
    reach = _earlier(before.reach, after.reach)
    card_reach = _earlier(before.card_reach, after.card_reach)
    contents = _equal_revisions(old["rates"], new["rates"])
    found = [
        _first_difference(before.keys, after.keys, lambda _key: SINCE_EVER),
        _first_difference(_constant(before.owners), _constant(after.owners), reach.get, both=True),
        _first_difference(before.cards_of, after.cards_of, reach.get, both=True),
        _first_difference(_constant(before.card_facts), _constant(after.card_facts), card_reach.get),
        _first_difference(before.revisions, after.revisions, card_reach.get, equal=contents),
    ]
    earliest = min((instant for instant in found if instant is not None), default=None)
    return "always" if earliest == SINCE_EVER else earliest


def _bounds_differ(old: Mapping[str, pa.Table], new: Mapping[str, pa.Table]) -> bool:
    bounds = [
        {row["feed_id"]: row["talk_time_over_maximum_ms"] for row in tables["feeds"].to_pylist()}
        for tables in (old, new)
    ]
    return any(
        bounds[0].get(feed, DEFAULT_TALK_TIME_MAXIMUM_MS) != bounds[1].get(feed, DEFAULT_TALK_TIME_MAXIMUM_MS)
        for feed in {*bounds[0], *bounds[1]}
    )


def _version(tables: Mapping[str, pa.Table]) -> _Version:
    windows: dict[object, list[tuple[datetime, datetime | None, object]]] = defaultdict(list)
    reach: dict[object, datetime] = {}
    for kind, name in (("customer", "customer_keys"), ("carrier", "carrier_keys")):
        for row in tables[name].to_pylist():
            owner = (kind, row[f"{kind}_id"])
            start = row["effective_from"] or SINCE_EVER
            windows[(kind, row["feed_id"], row.get("key_type"), row["key_value"])].append(
                (start, row["effective_to"], owner)
            )
            reach[owner] = min(start, reach.get(owner, start))
    owners: dict[object, object] = {}
    cards_of: dict[object, Steps] = defaultdict(list)
    for row in tables["customers"].to_pylist():
        owners[("customer", row["customer_id"])] = row["currency_code"]
    for row in tables["customer_cards"].to_pylist():
        cards_of[("customer", row["customer_id"])].append((row["effective_from"] or SINCE_EVER, row["rate_card_id"]))
    for row in tables["carriers"].to_pylist():
        owners[("carrier", row["carrier_id"])] = row["currency_code"]
        cards_of[("carrier", row["carrier_id"])].append((SINCE_EVER, row["rate_card_id"]))
    card_reach: dict[object, datetime] = {}
    for holder, held in cards_of.items():
        held.sort(key=lambda step: step[0])
        if holder in reach:
            for start, card in held:
                used = max(start, reach[holder])
                card_reach[card] = min(used, card_reach.get(card, used))
    revisions: dict[object, Steps] = defaultdict(list)
    for row in tables["rate_revisions"].to_pylist():
        revisions[row["rate_card_id"]].append((row["effective_from"], row["revision_id"]))
    for steps in revisions.values():
        steps.sort(key=lambda step: step[0])
    return _Version(
        keys={key: _steps(found) for key, found in windows.items()},
        owners=owners,
        cards_of=dict(cards_of),
        card_facts={row["rate_card_id"]: row for row in tables["rate_cards"].to_pylist()},
        revisions=dict(revisions),
        reach=reach,
        card_reach=card_reach,
    )


def _steps(windows: Sequence[tuple[datetime, datetime | None, object]]) -> Steps:
    """Return windows that do not overlap as steps, None where no window holds."""
    steps: Steps = []
    for start, end, value in sorted(windows, key=lambda window: window[0]):
        if steps and steps[-1][0] == start:
            steps.pop()
        steps.append((start, value))
        if end is not None:
            steps.append((end, None))
    return steps


def _constant(values: Mapping[object, object]) -> dict[object, Steps]:
    return {key: [(SINCE_EVER, value)] for key, value in values.items()}


def _earlier(one: Mapping[object, datetime], other: Mapping[object, datetime]) -> dict[object, datetime]:
    return {key: min(each[key] for each in (one, other) if key in each) for key in {*one, *other}}


def _same(one: object, other: object) -> bool:
    return one == other


def _first_difference(
    old: Mapping[object, Steps],
    new: Mapping[object, Steps],
    reached_from: Callable[[Any], datetime | None],
    *,
    both: bool = False,
    equal: Callable[[object, object], bool] = _same,
) -> datetime | None:
    """Return the earliest instant at which a key's value differs and can be reached; None where there is none.

    both: keys that only one version has are left out; they can be reached only by what differs itself.
    """
    keys: Iterable[object] = old.keys() & new.keys() if both else old.keys() | new.keys()
    earliest: datetime | None = None
    for key in keys:
        reached = reached_from(key)
        if reached is None:
            continue
        found = _compare(old.get(key, []), new.get(key, []), reached, equal)
        if found is not None and (earliest is None or found < earliest):
            earliest = found
    return earliest


def _compare(old: Steps, new: Steps, reached: datetime, equal: Callable[[object, object], bool]) -> datetime | None:
    """Return the first instant from *reached* on at which two values over time differ."""
    if old == new and equal is _same:
        return None
    for instant in sorted({reached, *(start for start, _ in old), *(start for start, _ in new)}):
        if instant >= reached and not equal(_value_at(old, instant), _value_at(new, instant)):
            return instant
    return None


def _value_at(steps: Steps, instant: datetime) -> object:
    held: object = None
    for start, value in steps:
        if start > instant:
            break
        held = value
    return held


def _equal_revisions(old: pa.Table, new: pa.Table) -> Callable[[object, object], bool]:
    """Return a comparison of two revision ids of the versions: the same id and the same rates, row by row."""
    old_places, new_places = _places(old), _places(new)
    known: dict[object, bool] = {None: True}

    def equal(one: object, other: object) -> bool:
        if one != other:
            return False
        if one not in known:
            before, after = old_places.get(one, (0, 0)), new_places.get(one, (0, 0))
            known[one] = before[1] == after[1] and bool(old.slice(*before).equals(new.slice(*after)))
        return known[one]

    return equal


def _places(rates: pa.Table) -> dict[object, tuple[int, int]]:
    """Return (offset, length) of each revision's rows; rates are sorted by revision."""
    runs = pl.Series(rates["revision_id"]).rle().struct.unnest()
    places: dict[object, tuple[int, int]] = {}
    offset = 0
    for length, revision in runs.select("len", "value").iter_rows():
        places[revision] = (offset, length)
        offset += length
    return places
