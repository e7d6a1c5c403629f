"""Call detail records of a made-up landing: ordinary calls and every special case of the domain.

Belongs here: rows as {column: text} with the drop hour that delivers them.
Does not belong here: files (hostile.py), reference data (world.py), faults (broken.py).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from tests.landings.world import DESTINATIONS, WINDOWED_KEYS, Feed, World

CLOCK_CHANGES = (datetime(2026, 11, 1, 12), datetime(2026, 3, 29, 12))
"""Noon of the days on which New York and London change their clocks within the ranges of hostile.py."""


@dataclass(frozen=True)
class Record:
    """One row to be: its text by column, the hour that delivers it, and how its line is to be broken."""

    feed: Feed
    drop_hour: datetime
    values: dict[str, str]
    fault: str = ""


def written(world: World, feed: Feed, instant: datetime, style: float | None = None) -> str:
    """Write an instant as the feed would: mostly local time without offset, sometimes with one."""
    aware = instant.replace(tzinfo=UTC)
    style = world.rng.random() if style is None else style
    if style < 0.08:
        return instant.isoformat() + "Z"
    if style < 0.16:
        return aware.astimezone(timezone(timedelta(hours=5, minutes=30))).isoformat()
    return aware.astimezone(ZoneInfo(feed.zone)).replace(tzinfo=None).isoformat()


def drop_hour(world: World, instant: datetime) -> datetime:
    """Return the hour that delivers a row which ended at the instant; now and then a later one."""
    late = world.rng.choice([0] * 17 + [1, 2, 5])
    return instant.replace(minute=0, second=0, microsecond=0) + timedelta(hours=late)


def dialled(world: World, feed: Feed) -> str:
    """Return a dialled number in one of its spellings; some match nothing, some are no number."""
    rng = world.rng
    if rng.random() < 0.03:
        return rng.choice(
            ["anonymous", "sip:bob@example.com", "123456789012345678901", "\uff14\uff14\uff12\uff10", "*43"]
        )
    prefix = rng.choice([*(prefix for prefix, _ in DESTINATIONS), "7", "999", "4420794601"])
    number = prefix + "".join(rng.choice("0123456789") for _ in range(max(0, 12 - len(prefix))))
    style = rng.random()
    if style < 0.2:
        return f"+{number[:2]} ({number[2:4]}) {number[4:7]}-{number[7:]}"
    if style < 0.3:
        return feed.international + number
    if feed.national and number.startswith(feed.country) and style < 0.7:
        return f"{feed.national}{number[2:6]}.{number[6:]}"
    return number


def customer_fields(world: World, feed: Feed) -> dict[str, str]:
    """Return the customer keys of a call: one or several, unknown ones, none."""
    rng = world.rng
    draw = rng.random()
    if draw < 0.02:
        return {}
    if draw < 0.05:
        return {"account_code": rng.choice(["ACCT-0", "acct-0 ", "nobody"])}
    if draw < 0.15:
        return {"account_code": rng.choice(WINDOWED_KEYS)}
    usable = [key for key in world.customer_keys if key[0] in ("*", feed.feed_id)] or world.customer_keys
    fields = {}
    for _ in range(2 if draw < 0.3 else 1):
        _, key_type, value = rng.choice(usable)
        fields[key_type] = f"+{value}" if key_type == "a_number" and rng.random() < 0.5 else value
    if draw > 0.95:
        fields["account_code"] = "nobody"
    return fields


def leg(
    world: World, feed: Feed, call_id: str, setup: datetime, *, talk_ms: int | None, number: str, **fields: str
) -> Record:
    """One leg; `talk_ms` None is an unanswered one. Which columns state the times is drawn."""
    rng = world.rng
    ring_ms = rng.choice([None, 0, 120, 1500, rng.randrange(200, 9000)])
    wait_ms = (ring_ms or 0) + rng.randrange(0, 20000)
    # one style for both: a repeated setup read an hour too late must not lie after the ringing
    style = rng.random()
    values = {"call_id": call_id, "b_number": number, "setup_at": written(world, feed, setup, style), **fields}
    if ring_ms is not None:
        if rng.random() < 0.6:
            values["ringing_at"] = written(world, feed, setup + timedelta(milliseconds=ring_ms), style)
        if "ringing_at" not in values or rng.random() < 0.3:
            values["pdd_ms"] = str(ring_ms)
    ended = setup + timedelta(milliseconds=wait_ms)
    if talk_ms is not None:
        answered = ended
        ended = answered + timedelta(milliseconds=talk_ms)
        stated = rng.choice(["full", "full", "no_end", "no_ms", "flag"])
        values["is_answered"] = "true" if stated == "flag" else rng.choice(["true", ""])
        if stated != "flag":
            values["answered_at"] = written(world, feed, answered)
        if stated != "no_ms":
            values["answered_ms"] = str(talk_ms)
        if stated != "no_end":
            off = rng.choice([0] * 8 + [1_000_000, 1_000_001, 90_000_000]) if stated == "full" else 0
            values["ended_at"] = written(world, feed, ended + timedelta(microseconds=off))
        values["sip_status_code"] = rng.choice(["200", "200", ""])
        values["q850_cause_code"] = rng.choice(["16", ""])
        values["dtmf_digit_count"] = rng.choice(["", "0", "0", "1", "7"])
        reasons = ["normal", "", "bye, caller", 'said "bye"', "ende\u2028zeile", "Ümlaut"]
        values["release_reason"] = rng.choice(reasons)
    else:
        values["is_answered"] = rng.choice(["false", "false", ""])
        if rng.random() < 0.8:
            values["ended_at"] = written(world, feed, ended)
        if rng.random() < 0.3:
            values["answered_ms"] = rng.choice(["0", "0", "2500"])
        values["sip_status_code"] = rng.choice(["486", "487", "487", "480", "503", "404", "600", "603", "", "", "200"])
        values["q850_cause_code"] = rng.choice(["16", "17", "18", "19", "21", "34", "", "1"])
        values["dtmf_digit_count"] = rng.choice(["", "", "0", "2"])
    return Record(feed, drop_hour(world, ended), {name: value for name, value in values.items() if value != ""})


def talk(world: World) -> int:
    """Return a talk time in ms: the edges of minimum, increment, grace and rounding, and ordinary ones."""
    rng = world.rng
    if rng.random() < 0.5:
        seconds = rng.choice([0, 1, 3, 6, 30, 31, 32, 36, 37, 45, 46, 59, 60, 61, 120])
        return max(0, seconds * 1000 + rng.choice([0, 0, 1, 499, 500, -500, -1]))
    return rng.randrange(0, 600_000)


def call(world: World, call_id: str, at: datetime) -> list[Record]:
    """One call of one to four legs."""
    rng = world.rng
    feed = rng.choice(world.feeds)
    number, keys, carriers = dialled(world, feed), customer_fields(world, feed), [*world.carrier_keys, "gw-unknown"]
    if rng.random() < 0.4:  # a customer whose costs are all known: it needs more than luck
        calm = rng.randrange(4)
        number, keys = rng.choice(["4420", "49", "1212"]) + "7946012", {"account_code": f"calm-{calm}"}
        carriers = ["gw-calm-3"] if calm == 3 else ["gw-calm-0", "gw-calm-1", "gw-calm-2"]
    if "a_number" not in keys and rng.random() < 0.5:
        keys = {**keys, "a_number": rng.choice(["anonymous", "+44 20 7946 9999", "2125550100"])}
    count = rng.choice([1] * 7 + [2, 2, 3, 4])
    records = []
    for index in range(count):
        is_last = index == count - 1
        answered = rng.random() < (0.6 if is_last else 0.1)
        fields = dict(keys)
        if rng.random() < 0.95 or "gw-unknown" not in carriers:
            fields["carrier_key"] = rng.choice(carriers)
        if count > 1 or rng.random() < 0.3:
            fields["leg_number"] = str(index + 1)
        if count > 1 and rng.random() < 0.3:
            fields["leg_id"] = f"{call_id}:{'αβγδ'[index]}"
        records.append(
            leg(world, feed, call_id, at, talk_ms=talk(world) if answered else None, number=number, **fields)
        )
        at += timedelta(milliseconds=rng.randrange(500, 30_000))
    return records


def again(record: Record, *, hours: int = 0, **changed: str) -> Record:
    """Return the row once more, in the same or a later hour; with changes it is a conflict."""
    return replace(record, drop_hour=record.drop_hour + timedelta(hours=hours), values={**record.values, **changed})


def specials(  # noqa: C901, PLR0911, PLR0912 - one branch a case
    world: World, kind: str, name: str, at: datetime
) -> list[Record]:
    """Return the rows of one special case."""
    rng = world.rng
    feed = rng.choice(world.feeds)
    usual = {"account_code": "acct-0", "carrier_key": "gw0"}
    number = "442079460123"

    def one(setup: datetime, talk_ms: int | None = 61_000, **fields: str) -> Record:
        return leg(world, feed, name, setup, talk_ms=talk_ms, number=number, **{**usual, **fields})

    if kind == "edge":
        edge, account, carrier = rng.choice(world.edge_keys)
        if rng.random() < 0.5:
            edge, account = rng.choice(world.edges), f"acct-{rng.randrange(20)}"
            carrier = rng.choice(world.carrier_keys)
        found = []
        for index, offset in enumerate((-1, 0, 1)):
            name = f"{name}{index}"
            moment = edge + timedelta(milliseconds=offset)
            found.append(one(moment, account_code=account, carrier_key=carrier))
        return found
    if kind == "several_answered":
        return [one(at, leg_number="1"), one(at + timedelta(seconds=20), 5_000, leg_number="2", carrier_key="gw1")]
    if kind == "long_chain":
        step = world.spread - timedelta(milliseconds=rng.choice([0, 1, 60_000]))
        return [one(at + index * step, rng.choice([None, 30_000]), leg_number=str(index + 1)) for index in range(7)]
    if kind == "reused":
        apart = world.spread + timedelta(milliseconds=rng.choice([1, 7_200_000]))
        return [one(at), one(at + apart, 45_001)]
    if kind == "half_order":
        first = one(at + timedelta(seconds=1), 31_000, leg_number="1", account_code="calm-1", trunk="trunk/1")
        return [one(at, None, leg_number="2"), first]
    if kind == "duplicate":
        first = one(at)
        return [first, again(first), again(first, hours=rng.choice([0, 1, 3]))]
    if kind == "conflict":
        first = one(at)
        changed = again(first, hours=rng.choice([0, 1, 2]), release_reason="changed afterwards")
        return [first, changed, again(changed), again(first)]
    if kind == "duplicate_chain":
        moved = one(at + world.spread / 2)
        return [again(one(at), hours=4), moved, again(one(at + world.spread), hours=2)]
    if kind == "held":
        feed = world.feeds[1] if rng.random() < 0.8 else world.feeds[0]
        return [one(at, feed.longest_seconds * 1000 + rng.choice([0, 1, 3_600_000]))]
    if kind == "over_midnight":
        night = (at + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        return [
            one(night - timedelta(milliseconds=1), None, leg_number="1"),
            one(night, 3_700_000, leg_number="2", carrier_key="gw1"),
        ]
    if kind == "renumbered":
        second = again(one(at + timedelta(seconds=9), leg_number="2"), b_number="336")
        return [one(at, None, leg_number="1"), second]
    if kind == "disagree":
        return [one(at, trunk="trunk/1", tech_prefix="1002#", source_ip="192.0.2.3")]
    if kind == "shared_id":
        return [replace(one(at), feed=world.feeds[0]), replace(one(at), feed=world.feeds[1])]
    if kind == "quoted":
        name = '#no, "comment" ünï'
        return [one(at + timedelta(hours=2) * rng.randrange(5))]
    if kind == "clock":
        end = world.start + timedelta(hours=world.hours)
        at = rng.choice([at, *(noon for noon in CLOCK_CHANGES if world.start <= noon < end)])
        local = at.replace(tzinfo=UTC).astimezone(ZoneInfo(feed.zone)).date().isoformat()
        found = []
        for index, (minute, last) in enumerate((("10", "1:50"), ("58", "2:59"), ("45", "1:46"), ("50", "1:10"))):
            values = {
                "call_id": f"{name}-{index}", "b_number": number, **usual, "setup_at": f"{local}T01:{minute}:30.250",
                "answered_at": f"{local}T01:{minute}:59", "ended_at": f"{local}T0{last}:05",
            }  # fmt: skip
            if index == 3:  # where no hour is repeated this ends before it began, and nothing else is wrong with it
                values["answered_ms"] = "61000"
            found.append(replace(one(at), values=values))
        return found
    raise ValueError(f"unknown special case: {kind!r}")


SPECIALS = (
    "edge", "several_answered", "long_chain", "reused", "half_order", "duplicate", "conflict", "duplicate_chain",
    "held", "over_midnight", "renumbered", "disagree", "shared_id", "quoted", "clock",
)  # fmt: skip
