"""How a switch writes its CDRs, as data: the shape of a [formats.<name>] table once it has been checked.

Belongs here: what a declaration can say, and which canonical columns it must serve.
Does not belong here: checking a table (declaration.py), finding it (built_in.py), reading a file with it (reading.py),
feeds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

Unit = Literal["s", "ms", "us", "hms"]
Others = Literal["reject", "keep", "empty", "true", "false"]
Coding = Literal["", "percent", "ipv4_le", "ipv4_be"]
Kind = Literal["csv", "jsonl", "json", "fixed_width"]
KINDS: tuple[Kind, ...] = ("csv", "jsonl", "json", "fixed_width")

INSTANTS = ("setup_at", "ringing_at", "answered_at", "ended_at")
DURATIONS = ("answered_ms", "pdd_ms")
INTEGERS = ("leg_number", "sip_status_code", "q850_cause_code", "dtmf_digit_count")
FLAGS = ("is_answered",)
CUSTOMER_KEYS = ("account_code", "tech_prefix", "trunk", "source_ip", "a_number")
TEXTS = ("call_id", "leg_id", "b_number", *CUSTOMER_KEYS, "carrier_key", "release_reason")
CANONICAL = (*TEXTS, *INSTANTS, *DURATIONS, *INTEGERS, *FLAGS)
"""Every column a declaration may fill."""

REQUIRED: tuple[tuple[str, ...], ...] = (
    ("call_id",),
    ("b_number",),
    ("setup_at",),
    ("ended_at", "answered_ms"),
    ("answered_at", "is_answered"),
    CUSTOMER_KEYS,
)
"""Of each group a declaration, and a file with a header, must serve at least one."""


@dataclass(frozen=True, slots=True)
class ColumnRule:
    """Where one canonical column comes from, and how its text is read.

    sources: alternatives, the first that the file has and that is filled in counts; the columns of one alternative
    are joined with *joiner*. constant: the text of every row, instead of sources. formats: for instants, tried in this
    order: "iso", "epoch_s", "epoch_ms", "epoch_us" or a strptime pattern. unit: for durations; None is whole
    milliseconds. zone: IANA zone of an instant, None is the feed's. value_map: (text in the file, canonical text);
    others: what a text outside the map becomes. null_values: texts that mean empty. extract: a regular expression whose
    first group is taken; no match is empty. is_optional: a file may lack the source. coding: how the text is written
    down in the file ("percent": %2B for +; "ipv4_le", "ipv4_be": an address as a 32-bit integer, lowest or highest byte
    first); "" is as it stands. after: the instant this one is told from, as a duration of *unit*; "" is none.
    """

    name: str
    sources: tuple[tuple[str, ...], ...] = ()
    joiner: str = " "
    constant: str | None = None
    formats: tuple[str, ...] = ("iso",)
    unit: Unit | None = None
    zone: str | None = None
    value_map: tuple[tuple[str, str], ...] = ()
    others: Others = "reject"
    null_values: tuple[str, ...] = ()
    extract: str | None = None
    is_optional: bool = False
    coding: Coding = ""
    after: str = ""

    def available_in(self, source_columns: Collection[str]) -> tuple[tuple[str, ...], ...]:
        """Return the alternatives all of whose columns a file with these *source_columns* has."""
        return tuple(names for names in self.sources if all(name in source_columns for name in names))

    def is_served_by(self, source_columns: Collection[str]) -> bool:
        """Return whether a file with these columns can fill the canonical column."""
        return self.constant is not None or bool(self.available_in(source_columns))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a field of a fixed-width line stands: characters [begin, end), from 0. is_hms: it counts H:MM:SS."""

    begin: int
    end: int
    is_hms: bool = False


@dataclass(frozen=True, slots=True)
class Trailer:
    """The last line of a file, told by how it begins, and where it states the number of rows and their seconds."""

    begins: str
    row_count: Place | None = None
    total_seconds: Place | None = None


@dataclass(frozen=True, slots=True)
class FormatDeclaration:
    """One format. quote "" : no quoting. comments: how lines begin that are no rows.

    column_lists: where no header names them, one list of source columns per number of columns; of JSON the paths that
    are looked at, of fixed_width the names of *places*. other_columns: whether a header may hold columns nobody asked
    for ("error": only where the feed's extra_columns is "ignore"). row_begins: how every row of a fixed-width file
    begins; "" is any way.
    """

    name: str
    kind: Kind = "csv"
    delimiter: str = ","
    quote: str = '"'
    has_header: bool = True
    column_lists: tuple[tuple[str, ...], ...] = ()
    comments: tuple[str, ...] = ()
    other_columns: Literal["error", "ignore"] = "ignore"
    columns: tuple[ColumnRule, ...] = ()
    places: tuple[Place, ...] = ()
    row_begins: str = ""
    trailer: Trailer | None = None

    @property
    def source_columns(self) -> frozenset[str]:
        """Return every source column some rule looks at."""
        return frozenset(name for rule in self.columns for names in rule.sources for name in names)


def unserved_groups(served: Iterable[str]) -> list[tuple[str, ...]]:
    """Return the groups of REQUIRED of which *served* holds no member."""
    have = set(served)
    return [group for group in REQUIRED if not have.intersection(group)]
