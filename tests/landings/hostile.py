"""A whole landing written by 'someone else': thousands of rows with everything in them that may go wrong.

Belongs here: how rows become files, how much of each case a landing holds.
Does not belong here: the cases themselves (traffic.py, broken.py), reference data (world.py).
"""

from __future__ import annotations

import gzip
import random
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from tests.landings.broken import KINDS, broken_row
from tests.landings.traffic import SPECIALS, Record, call, specials
from tests.landings.world import World, make_world

# New York sets its clocks back on 1 November at 06:00 UTC, month and ISO week change with it;
# London sets them forward on 29 March at 01:00 UTC, the week changes a day and the month two days later.
RANGES = ((datetime(2026, 10, 30, 18), 66), (datetime(2026, 3, 28, 20), 80))
REQUIRED = ["call_id", "b_number", "setup_at", "ended_at", "answered_ms", "answered_at", "is_answered", "account_code"]


@dataclass(frozen=True)
class Landing:
    """tollbook.toml's text, {path below landing: bytes} with reference/ in it, and the as_of of the run."""

    toml: str
    files: dict[str, bytes]
    as_of: datetime

    def write(self, folder: Path) -> None:
        """Write tollbook.toml and data/landing/… below a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "tollbook.toml").write_text(self.toml, encoding="utf-8")
        for path, content in self.files.items():
            target = folder / "data" / "landing" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)


def hostile_landing(seed: int, *, calls: int = 2600, bad_files: bool = False) -> Landing:
    """Make 3,000 to 6,000 rows over 66 (even seeds) or 80 (odd seeds) hours.

    With `bad_files` four more files cannot be read: truncated, empty, of a wrong header, of a wrong encoding.
    """
    rng = random.Random(seed)
    start, hours = RANGES[seed % 2]
    world = make_world(rng, start, hours, customers=20, carriers=12)
    records: list[Record] = []
    for index in range(calls):
        records += call(world, f"call-{index}", moment(world))
    for kind in SPECIALS:
        for index in range({"held": 10, "edge": 80, "clock": 12}.get(kind, 12)):
            records += specials(world, kind, f"{kind}-{index}", moment(world))
    for kind in KINDS:
        records += [broken_row(world, kind, f"{kind}-{index}", moment(world)) for index in range(3)]
    files = make_files(world, records)
    add_copy(world, files)
    if bad_files:
        hour = start + timedelta(hours=5)
        content = gzip.compress(files[min(path for path in files if path.endswith(".csv"))], mtime=0)
        files[f"a/{hour:%Y%m%d%H}-cut.csv.gz"] = content[: len(content) // 2]
        files[f"a/{hour:%Y%m%d%H}-empty.csv"] = b""
        files[f"a/{hour:%Y%m%d%H}-other.csv"] = b"who,when,price\n1,2,3\n"
        files[f"a/{hour:%Y%m%d%H}-latin.csv"] = (",".join(REQUIRED) + "\nM\u00fcller,").encode("latin-1")
    return finished(world, files)


def random_landing(rng: random.Random, size: int = 60) -> Landing:
    """Make about `size` rows (30 to 200) with the same variety, for property tests.

    `rng` is a random.Random, or what hypothesis.strategies.randoms() draws.
    """
    start, hours = rng.choice(RANGES)
    skipped = rng.randrange(0, hours - 24)
    world = make_world(
        rng, start + timedelta(hours=skipped), rng.randrange(3, 24), rng.randrange(2, 8), rng.randrange(2, 6)
    )
    records: list[Record] = []
    while len(records) < size:
        draw = rng.random()
        name = f"call-{len(records)}"
        if draw < 0.55:
            records += call(world, name, moment(world))
        elif draw < 0.85:
            # a hung call takes a day of channels: rare
            kind = rng.choice([kind for kind in SPECIALS if kind != "held" or rng.random() < 0.2])
            records += specials(world, kind, name, moment(world))
        else:
            records.append(broken_row(world, rng.choice(KINDS), name, moment(world)))
    files = make_files(world, records)
    if rng.random() < 0.3:
        add_copy(world, files)
    return finished(world, files)


def moment(world: World) -> datetime:
    """Draw an instant of the range: half of them to the second, half to the millisecond."""
    rng = world.rng
    whole = world.start + timedelta(seconds=rng.randrange(world.hours * 3600))
    return whole + timedelta(milliseconds=rng.choice([0, rng.randrange(1000)]))


def finished(world: World, files: dict[str, bytes]) -> Landing:
    """Put the reference files beside the records."""
    reference = {f"reference/{path}": content for path, content in world.reference.items()}
    return Landing(world.toml, files | reference, last_hour(world))


def last_hour(world: World) -> datetime:
    """Return the hour of as_of, which also delivers whatever would come later."""
    return world.start + timedelta(hours=world.hours + 5)


def make_files(world: World, records: list[Record]) -> dict[str, bytes]:
    """Spread the rows of every feed and drop hour over one or two files."""
    by_hour: dict[tuple[int, datetime], list[Record]] = defaultdict(list)
    for record in records:
        by_hour[(world.feeds.index(record.feed), min(record.drop_hour, last_hour(world)))].append(record)
    files = {}
    for (_, hour), rows in sorted(by_hour.items(), key=lambda item: item[0]):
        world.rng.shuffle(rows)
        cut = world.rng.randrange(len(rows)) if world.rng.random() < 0.4 else 0
        for part, some in enumerate((rows[cut:], rows[:cut])):
            if some:
                name = world.rng.choice(["B", "a", "é"]) + str(part)
                path = hour.strftime(some[0].feed.pattern).replace("*", name, 1).replace("*", "")
                content = render(world, some)
                if world.rng.random() < 0.3:
                    path, content = path + ".gz", gzip.compress(content, mtime=0)
                files[path] = content
    return files


def add_copy(world: World, files: dict[str, bytes]) -> None:
    """Send one file again in a later hour, under another name."""
    path = world.rng.choice(sorted(files))
    suffix = ".csv.gz" if path.endswith(".gz") else ".csv"
    later = world.start + timedelta(hours=world.hours + 2)
    feed = world.feeds[0] if path.startswith("a/") else world.feeds[1]
    files[later.strftime(feed.pattern).replace("*", "copy", 1).removesuffix(".csv*") + suffix] = files[path]


def render(world: World, rows: list[Record]) -> bytes:
    """Render one file: its own column order, comments and blank lines, its feed's line ends."""
    rng, feed = world.rng, rows[0].feed
    used = {name for row in rows for name in row.values}
    header = REQUIRED + sorted(used - set(REQUIRED))
    if feed.feed_id == "b":
        header.append("vendor_note")
    if rng.random() < 0.5:
        rng.shuffle(header)
    lines = ["# made for tests"] if rng.random() < 0.3 else []
    lines.append(",".join(header))
    for row in rows:
        if rng.random() < 0.05:
            lines.append(rng.choice(["", '# a comment, with "an open quote', "#"]))
        values = {**row.values, "vendor_note": "ignored, \u00fc"} if feed.feed_id == "b" else row.values
        lines.append(broken([quoted(world, values.get(name, "")) for name in header], row.fault))
    text = feed.newline.join(lines)
    return (text + (feed.newline if rng.random() < 0.9 else "")).encode()


def broken(fields: list[str], fault: str) -> str:
    """Join the fields of a line, with the fault."""
    if fault == "unclosed":
        fields = [*fields[:-1], '"never closed']
    elif fault == "after_quote":
        fields = ['"closed"and more', *fields[1:]]
    elif fault == "short":
        fields = fields[:-1]
    elif fault == "long":
        fields = [*fields, "one more"]
    return ",".join(fields)


def quoted(world: World, value: str) -> str:
    """Return a field as CSV; quotes are also put where none are needed."""
    if value.startswith("#") or any(character in value for character in ',"') or world.rng.random() < 0.02:
        return '"' + value.replace('"', '""') + '"'
    return value
