"""Reading a file's text the way the tests of formats want it: rows as dictionaries.

Belongs here: a feed with defaults, legs and rejects as plain values.
Does not belong here: expectations.
"""

from __future__ import annotations

import io
import tomllib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.columns import LEG_COLUMNS, REJECT_COLUMNS, polars_schema
from pipelines.formats import FormatDeclaration, load_format, parse_declaration
from pipelines.formats.reading import read_legs
from pipelines.settings import Feed

FOLDER = Path(__file__).parent
DROP_HOUR = datetime(2026, 3, 10, 12)


@dataclass(frozen=True)
class Outcome:
    """What a file came to, each row as a dictionary, in the order they were given."""

    legs: list[dict[str, Any]]
    rejects: list[dict[str, Any]]

    @property
    def leg(self) -> dict[str, Any]:
        """The only leg of a file without rejects."""
        assert self.rejects == []
        (leg,) = self.legs
        return leg

    @property
    def reasons(self) -> dict[int, str]:
        """The reject reasons by line."""
        return {row["line_number"]: row["reject_reason_code"] for row in self.rejects}


def feed(name: str | FormatDeclaration = "tollbook_csv", **settings: Any) -> Feed:
    """Return a feed of a built-in or a declared format."""
    declaration = load_format(name, {}) if isinstance(name, str) else name
    return Feed("lon1", declaration, "*", **settings)


def declared(toml: str) -> FormatDeclaration:
    """Return the format that the text of a [formats.mine] table declares."""
    outcome = parse_declaration("mine", tomllib.loads(toml))
    assert isinstance(outcome, FormatDeclaration), "\n".join(str(problem) for problem in outcome)
    return outcome


def read(
    content: bytes | str,
    of: Feed | None = None,
    *,
    name: str = "cdr.csv",
    drop_hour: datetime = DROP_HOUR,
    chunk_bytes: int = 1 << 20,
) -> Outcome:
    """Read a file's content to its end; every batch must have the lake's columns."""
    stream = io.BytesIO(content.encode() if isinstance(content, str) else content)
    legs, rejects = [], []
    for batch in read_legs(
        stream, file_id="file-1", file_name=name, feed=of or feed(), drop_hour=drop_hour, chunk_bytes=chunk_bytes
    ):
        assert batch.legs.schema == polars_schema(LEG_COLUMNS)
        assert batch.rejects.schema == polars_schema(REJECT_COLUMNS)
        legs.append(batch.legs)
        rejects.append(batch.rejects)
    assert not stream.closed
    return Outcome(
        pl.concat(legs).to_dicts() if legs else [],
        pl.concat(rejects).to_dicts() if rejects else [],
    )
