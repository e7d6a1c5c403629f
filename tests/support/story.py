"""A scenario: a folder whose README.md tells a story, and whose indented lines are its steps.

    drop first                      the files below first/ go into landing; their times are now
    remove a/2026030210.csv         ... leave landing
    run 2026-03-02T12               `tollbook run --as-of …`; also `in chunks of 2 legs`, `again from HOUR to HOUR`
    told … waits                    the last run, or rerate, printed a line that holds these words in this order
    not told … waits                ... printed none
    expect before                   published tables equal expected/before/*.csv
    oracle                          ... equal the exact calculation of every file and reference file dropped so far
    same as at once                 ... equal those of a fresh site that is given everything in one run
    note, same as noted             ... equal those at the last `note`
    rerate, apply                   `tollbook rerate`, `tollbook rerate --apply`
    delete the warehouse            dbt's database; `delete what is derived`: rated rows too; `delete rated rows`: them
    delete derived/…                one file below data/

A table of expected/ has the columns it cares about, and all rows; a first line `# where …` narrows which. A name that
is no table of marts names its schema: portal.checklist.csv.

Belongs here: reading and executing such a folder.
Does not belong here: stories (tests/scenarios), processes (fork_server.py), what is equal (law.py).
"""

from __future__ import annotations

import csv
import io
import re
import shutil
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import duckdb

from tests.oracle import calculate, compare_channels, compare_tables, oracle_input
from tests.support.law import Runs, State, delete_derived, delete_rated_rows, delete_warehouse, left_behind, new_site
from tests.support.small_site import CONFIGURATION, REFERENCE

_RUN = re.compile(r"run (?P<hour>\S+)( in chunks of (?P<legs>\d+) legs)?( again from (?P<first>\S+) to (?P<last>\S+))?")


def stories(folder: Path) -> list[Path]:
    """Return the folders below *folder* that are scenarios."""
    return sorted(path.parent for path in folder.glob("*/README.md"))


def steps_of(readme: str) -> list[str]:
    """Return the steps a README.md holds."""
    return [" ".join(line.split()) for line in readme.splitlines() if line.startswith("    ") and line.strip()]


@dataclass
class Story:
    """One scenario on its way: the site, everything that was ever dropped in its last bytes, what was told last."""

    folder: Path
    work: Path
    runs: Runs
    files: dict[str, bytes] = field(default_factory=dict)
    told: str = ""
    hour: datetime = datetime.min
    noted: State = field(default_factory=State)

    def happen(self) -> None:
        """Do every step; AssertionError where one does not hold."""
        steps = steps_of((self.folder / "README.md").read_text(encoding="utf-8"))
        assert any(step.split()[0] in {"expect", "oracle", "same"} for step in steps), f"{self.folder} expects nothing"
        self.files = {f"reference/{path}": text.encode() for path, text in REFERENCE.items()}
        self.site = new_site(self.work / "site", self._toml(), self.files)
        for number, step in enumerate(steps, start=1):
            try:
                self._do(step)
            except AssertionError as failure:
                raise AssertionError(f"{self.folder.name}, step {number}, {step}: {failure}") from failure
        assert left_behind(self.site) == []

    def _toml(self) -> str:
        own = self.folder / "tollbook.toml"
        return own.read_text(encoding="utf-8") if own.exists() else CONFIGURATION

    def _do(self, step: str) -> None:
        verb, _, rest = step.partition(" ")
        plain = {
            "oracle": self._oracle,
            "note": self._note,
            "same as noted": lambda: self._same(self.noted),
            "same as at once": self._same_as_at_once,
            "rerate": lambda: self._rerate(apply=False),
            "apply": lambda: self._rerate(apply=True),
            "delete the warehouse": lambda: delete_warehouse(self.site),
            "delete what is derived": lambda: delete_derived(self.site),
            "delete rated rows": lambda: delete_rated_rows(self.site),
        }
        if step in plain:
            plain[step]()
        elif verb == "drop":
            self._drop(self.folder / rest)
        elif verb == "remove":
            (self.site.landing / rest).unlink()
        elif verb == "delete":
            (self.site.root / "data" / rest).unlink()
        elif verb == "run":
            self._run(step)
        elif verb == "told":
            assert self._is_told(rest), self.told
        elif verb == "not":
            assert not self._is_told(rest.removeprefix("told ")), self.told
        elif verb == "expect":
            self._expect(self.folder / "expected" / rest)
        else:
            raise ValueError(f"{self.folder}: no such step: {step}")

    def _drop(self, folder: Path) -> None:
        found = [path for path in sorted(folder.rglob("*")) if path.is_file()]
        assert found, f"{folder} holds no file"
        for path in found:
            name = path.relative_to(folder).as_posix()
            if name == "tollbook.toml":
                shutil.copyfile(path, self.site.root / name)
                continue
            self.files[name] = path.read_bytes()
            target = self.site.landing / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(self.files[name])

    def _run(self, step: str) -> None:
        found = _RUN.fullmatch(step)
        assert found is not None, "run <hour> [in chunks of <n> legs] [again from <hour> to <hour>]"
        self.hour = datetime.fromisoformat(found["hour"])
        options: dict[str, object] = {}
        if found["legs"]:
            options["chunk_legs"] = int(found["legs"])
        if found["first"]:
            options["forced"] = (found["first"], found["last"])
        self.told = "\n".join(self.runs.run(self.site, self.hour, **options).answer["told"])

    def _rerate(self, *, apply: bool) -> None:
        self.told = self.runs.rerate(self.site, apply=apply)

    def _is_told(self, words: str) -> bool:
        pattern = r"\s+".join(".*" if word == "…" else re.escape(word) for word in words.split())
        return any(re.search(pattern, line) for line in self.told.splitlines())

    def _note(self) -> None:
        self.noted = State.of(self.site)

    def _same(self, other: State) -> None:
        assert other.difference(State.of(self.site)) == []

    def _same_as_at_once(self) -> None:
        toml = (self.site.root / "tollbook.toml").read_text(encoding="utf-8")
        fresh = new_site(self.work / "at_once", toml, self.files)
        self.runs.run(fresh, self.hour)
        self._same(State.of(fresh))

    def _oracle(self) -> None:
        toml = (self.site.root / "tollbook.toml").read_text(encoding="utf-8")
        expected = calculate(oracle_input(toml, self.files, self.hour))
        assert compare_tables(expected, self.site.rows) == []
        channels = [
            row
            for row in expected.tables["live_channels"]
            # One customer's channels by destination are kept by the hour only (docs/decisions).
            if not (row["scope_code"] == "customer_destination" and row["grain_code"] == "minute")
        ]
        assert compare_channels(channels, self.site.rows("live_channels"), decimals=6) == []

    def _expect(self, folder: Path) -> None:
        tables = sorted(folder.glob("*.csv"))
        assert tables, f"{folder} holds no table"
        for path in tables:
            lines = path.read_text(encoding="utf-8").splitlines()
            condition = lines.pop(0).removeprefix("# where ") if lines[0].startswith("#") else "true"
            header, *rows = csv.reader(lines)
            assert self._published(path.stem, header, condition) == _text([header, *sorted(rows)]), path.name

    def _published(self, name: str, columns: list[str], condition: str) -> str:
        table = name if "." in name else f"marts.{name}"
        texts = ", ".join(f"coalesce({column}::varchar, '')" for column in columns)
        with duckdb.connect(str(self.site.current.resolve()), read_only=True) as connection:
            rows = connection.execute(f"select {texts} from {table} where {condition}").fetchall()
        return _text([columns, *sorted(list(row) for row in rows)])


def _text(rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()
