"""What the demo must come to, reckoned from the rows that were written, call by call.

Belongs here: duplicates, calls of legs, counts by customer and carrier and day, by file, by reason.
Does not belong here: charges (rating.py), the files' text (truth_files.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from pipelines.demo.legs import Leg, Row
from pipelines.demo.plan import CALL_SPREAD, DAY, SECOND
from pipelines.demo.rating import Charge, Rater
from pipelines.demo.world import World

_NER_SIP = frozenset({486, 600, 480, 603})
_NER_Q850 = frozenset({16, 17, 18, 19, 21})


@dataclass(slots=True)
class Totals:
    """Counts of one customer (or carrier) and day. Amounts in millionths, talk in ms."""

    attempts: int = 0
    answers: int = 0
    ner: int = 0
    talk_ms: int = 0
    billed_seconds: int = 0
    charge: int = 0
    cost: int = 0
    cost_unknown: int = 0
    dtmf_observed: int = 0
    dtmf_calls: int = 0
    unrated: int = 0
    pdd_ms: int = 0
    pdd_count: int = 0


@dataclass(slots=True)
class FileTruth:
    """One file below landing and what must become of its rows."""

    path: str
    status: str
    rows: int = 0
    accepted: int = 0
    rejected: int = 0
    duplicates: int = 0
    conflicts: int = 0


@dataclass(slots=True)
class _Written:
    """A leg where it stands."""

    order: tuple[int, bytes, int]  # drop hour, path, line
    file: FileTruth
    leg: Leg


@dataclass(slots=True)
class _Pending:
    settle_index: int
    rows: list[_Written] = field(default_factory=list)


def counts_for_ner(leg: Leg) -> bool:
    """Tell whether the network did its part: answered, or the called side did not want to or could not."""
    if leg.is_answered:
        return True
    if leg.sip is not None:
        return leg.sip in _NER_SIP or (leg.sip == 487 and leg.ringing is not None)
    return leg.q850 in _NER_Q850


class Truth:
    """Takes files as they are written and adds up what they come to."""

    def __init__(self, world: World) -> None:
        """Start at nothing."""
        self._rater = Rater(world)
        self._pending: dict[tuple[str, str], _Pending] = {}
        self._settles: dict[int, list[tuple[str, str]]] = {}
        self.customer_days: dict[tuple[int, str, str], Totals] = {}
        self.carrier_days: dict[tuple[int, str, str], Totals] = {}
        self.files: list[FileTruth] = []
        self.rejects: list[tuple[str, int, str]] = []
        self.anomalies: set[tuple[str, str, str]] = set()
        self.unrated: Counter[str] = Counter()
        self.leg_unrated: Counter[str] = Counter()

    def fault(self, path: str, status: str) -> None:
        """Take a file that cannot be read as a whole: it has no rows."""
        self.files.append(FileTruth(path, status))

    def file(self, path: str, drop_hour: int, lines: Iterable[tuple[int, Row]], status: str = "loaded") -> None:
        """Take a file: its rows with their line numbers."""
        told = FileTruth(path, status)
        self.files.append(told)
        name = path.encode()
        for line, row in lines:
            told.rows += 1
            if row.leg is None:
                told.rejected += 1
                self.rejects.append((path, line, row.reason))
                continue
            key = (row.leg.feed_id, row.leg.call_id)
            pending = self._pending.get(key)
            if pending is None:
                pending = self._pending[key] = _Pending(-1)
            if pending.settle_index < row.settle_index:
                pending.settle_index = row.settle_index
                self._settles.setdefault(row.settle_index, []).append(key)
            pending.rows.append(_Written((drop_hour, name, line), told, row.leg))

    def settle(self, index: int) -> None:
        """Reckon the calls of which no row is to come after the files of the hour with this index."""
        for key in self._settles.pop(index, ()):
            pending = self._pending.get(key)
            if pending is not None and pending.settle_index == index:
                del self._pending[key]
                self._chain(pending.rows)

    def settle_all(self) -> None:
        """Reckon everything that is left."""
        for index in sorted(self._settles):
            self.settle(index)

    def _chain(self, rows: list[_Written]) -> None:
        """Take all rows of one call id: drop the repeated, cut where the spread is exceeded, count each call."""
        kept = self._kept(rows)
        kept.sort(key=lambda one: one.leg.setup)
        calls: list[list[Leg]] = []
        before: int | None = None
        for one in kept:
            if before is None or one.leg.setup - before > CALL_SPREAD:
                calls.append([])
            calls[-1].append(one.leg)
            before = one.leg.setup
        last_use: int | None = None
        for legs in calls:
            starts = [leg.setup for leg in legs]
            if last_use is not None and min(starts) - last_use <= DAY:
                self._note(legs[0], "call_id_reused")
            last_use = max(starts)
            self._call(legs)

    @staticmethod
    def _kept(rows: list[_Written]) -> list[_Written]:
        if len(rows) == 1:
            rows[0].file.accepted += 1
            return rows
        groups: list[list[_Written]] = []
        last: dict[str, list[_Written]] = {}
        for one in sorted(rows, key=lambda row: (row.leg.setup, row.order)):
            group = last.get(one.leg.leg_id)
            if group is None or one.leg.setup - group[-1].leg.setup > CALL_SPREAD:
                group = last[one.leg.leg_id] = []
                groups.append(group)
            group.append(one)
        kept = []
        for group in groups:
            first, *others = sorted(group, key=lambda row: row.order)
            first.file.accepted += 1
            kept.append(first)
            for other in others:
                if other.leg == first.leg:
                    other.file.duplicates += 1
                else:
                    other.file.conflicts += 1
        return kept

    def _note(self, leg: Leg, code: str) -> None:
        self.anomalies.add((leg.feed_id, leg.call_id, code))

    def _check(self, leg: Leg) -> None:
        if not leg.is_answered:
            if leg.answered_ms > 0:
                self._note(leg, "talk_time_without_answer")
            return
        if leg.answered_ms == 0:
            self._note(leg, "answered_without_talk_time")
        if self._rater.is_held(leg):
            self._note(leg, "talk_time_over_maximum")
        if leg.answered is not None and abs(leg.answered_ms - (leg.ended - leg.answered)) > SECOND:
            self._note(leg, "durations_disagree")

    def _call(self, legs: list[Leg]) -> None:
        legs.sort(key=lambda one: (one.leg_number, one.setup, one.leg_id))
        setup = min(one.setup for one in legs)
        first = legs[0]
        customer_id, disagree = self._rater.customer(first, setup)
        if disagree:
            self._note(first, "customer_keys_disagree")
        answered = [one for one in legs if one.is_answered]
        if len(answered) > 1:
            self._note(first, "several_answered_legs")
        teller = answered[0] if answered else legs[-1]
        currency = "" if customer_id is None else self._rater.customer_currency[customer_id]
        totals = _of(self.customer_days, (setup // DAY, customer_id or "", currency))
        ringing = [one.ringing for one in legs if one.ringing is not None]
        self._count(totals, teller, min(ringing) - setup if ringing else None)
        if answered:
            charge = self._rater.sell(customer_id, first.b_number, teller, setup)
            _bill(totals, charge)
            totals.charge += charge.micros or 0
            if charge.micros is None:
                self.unrated[charge.reason] += 1
        for leg in legs:
            self._check(leg)
            self._leg(leg, first.b_number, totals, currency)

    def _count(self, totals: Totals, leg: Leg, pdd_ms: int | None) -> None:
        totals.attempts += 1
        totals.ner += counts_for_ner(leg)
        if pdd_ms is not None:
            totals.pdd_ms += pdd_ms
            totals.pdd_count += 1
        if leg.is_answered:
            totals.answers += 1
            totals.talk_ms += 0 if self._rater.is_held(leg) else leg.answered_ms
            if leg.dtmf is not None:
                totals.dtmf_observed += 1
                totals.dtmf_calls += leg.dtmf > 0

    def _leg(self, leg: Leg, number: str | None, call: Totals, currency: str) -> None:
        carrier_id = self._rater.carrier(leg)
        source = "" if carrier_id is None else self._rater.carrier_currency[carrier_id]
        totals = _of(self.carrier_days, (leg.setup // DAY, carrier_id or "", source))
        self._count(totals, leg, leg.pdd_ms)
        if not leg.is_answered:
            return
        charge = self._rater.buy(carrier_id, number, leg)
        _bill(totals, charge)
        totals.cost += charge.micros or 0
        if charge.micros is None:
            self.leg_unrated[charge.reason] += 1
        cost = None
        if charge.micros is not None and currency:
            cost = self._rater.converted(charge.micros, source, currency, leg.setup)
        call.cost += cost or 0
        call.cost_unknown += cost is None


def _of(days: dict[tuple[int, str, str], Totals], key: tuple[int, str, str]) -> Totals:
    found = days.get(key)
    if found is None:
        found = days[key] = Totals()
    return found


def _bill(totals: Totals, charge: Charge) -> None:
    totals.billed_seconds += charge.billed_seconds
    totals.unrated += charge.micros is None
