"""Reference data from bytes: every file read, everything checked, all problems told at once.

Belongs here: the order of reading, what is one version, which paths are read at all.
Does not belong here: the store (versions.py), single rules (checks.py), single fields (fields.py).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

import pyarrow as pa

from pipelines.problems import Problem
from pipelines.reference import files as declared
from pipelines.reference.checks import Draft, check_draft
from pipelines.reference.current import read_fx_rates, read_payments
from pipelines.reference.derive import derive_tables
from pipelines.reference.fields import did_you_mean, quoted
from pipelines.reference.hints import warn_about
from pipelines.reference.rates import RATES_FOLDER, parse_revision_path, read_revisions
from pipelines.reference.tables import REFERENCE_SCHEMA_VERSION
from pipelines.settings import Feed

_DEFAULT_CALL_SPREAD = timedelta(hours=1)
_VERSIONED_PATHS = tuple(one.path for one in declared.VERSIONED_FILES)
_CURRENT_PATHS = tuple(one.path for one in declared.CURRENT_FILES)


@dataclass(frozen=True, slots=True)
class ReferenceRead:
    """What the reference files say.

    tables: the tables of the version by name (tables.VERSIONED_TABLES), None where a versioned file has an error.
    fx, payments: taken at once, each None where its own file has an error, empty where it is absent.
    problems: errors and warnings of all files, by file, line and column. version_id: 16 hex digits, with or without
    errors. versioned_paths: the files the version is made of. settings: those which are part of it.
    """

    tables: dict[str, pa.Table] | None
    fx: pa.Table | None
    payments: pa.Table | None
    problems: list[Problem]
    version_id: str
    versioned_paths: tuple[str, ...]
    settings: dict[str, object]

    def problems_of(self, *paths: str) -> list[Problem]:
        """Return the problems of the files *paths* (below reference/)."""
        places = {declared.FOLDER + path for path in paths}
        return [problem for problem in self.problems if problem.file_path in places]

    def version_problems(self) -> list[Problem]:
        """Return the problems which belong to the version, not to fx_rates.csv or payments.csv."""
        apart = {declared.FOLDER + path for path in _CURRENT_PATHS}
        return [problem for problem in self.problems if problem.file_path not in apart]


def problem_order(problem: Problem) -> tuple[str, int, str, str, str]:
    """Return what problems are sorted by: file, line, column; problems of a whole file first."""
    return (problem.file_path, problem.line_number or 0, problem.column, problem.severity, problem.message)


def versioned_paths(paths: Iterable[str]) -> list[str]:
    """Return those of *paths* (below reference/) that make a version, in byte order.

    Not fx_rates.csv and payments.csv; not what is no reference file at all.
    """
    return sorted(path for path in paths if not _is_ignored(path) and (path in _VERSIONED_PATHS or _is_rates(path)))


def version_id_of(
    files: Mapping[str, bytes],
    feeds: Mapping[str, Feed],
    base_currency: str,
    call_spread: timedelta = _DEFAULT_CALL_SPREAD,
) -> str:
    """Return the version's id without reading it: 16 hex digits over its files and the settings that change rows."""
    digest = hashlib.sha256(b"tollbook reference %d\n" % REFERENCE_SCHEMA_VERSION)
    for path in versioned_paths(files):
        for part in (path.encode("utf-8", "surrogatepass"), files[path]):
            digest.update(b"%d:" % len(part))
            digest.update(part)
    digest.update(json.dumps(_rating_settings(feeds, base_currency, call_spread), sort_keys=True).encode())
    return digest.hexdigest()[:16]


def read_reference(
    files: Mapping[str, bytes],
    feeds: Mapping[str, Feed],
    base_currency: str,
    call_spread: timedelta = _DEFAULT_CALL_SPREAD,
) -> ReferenceRead:
    """Read all reference data: *files* maps paths below <landing>/reference/ ('customers.csv') to their bytes.

    Never raises for what the files hold: faults are values, all of them, in the result's problems.
    """
    small = {one.path: declared.read_file(files, one) for one in declared.VERSIONED_FILES}
    revisions = read_revisions({path: files[path] for path in files if not _is_ignored(path)})
    draft = Draft(
        customers=small[declared.CUSTOMERS.path],
        customer_keys=small[declared.CUSTOMER_KEYS.path],
        customer_cards=small[declared.CUSTOMER_CARDS.path],
        customer_taxes=small[declared.CUSTOMER_TAXES.path],
        carriers=small[declared.CARRIERS.path],
        carrier_keys=small[declared.CARRIER_KEYS.path],
        rate_cards=small[declared.RATE_CARDS.path],
        revisions=revisions,
        feeds=feeds,
    )
    problems = [problem for read in draft.files() for problem in read.problems]
    problems += revisions.problems
    problems += check_draft(draft)
    if draft.rate_cards.exists and not any(_is_rates(path) for path in files):
        problems.append(
            Problem(
                declared.FOLDER + RATES_FOLDER,
                None,
                "",
                "has no revision of any rate card",
                "write rates/<rate_card_id>/<YYYY-MM-DDTHHMM>Z.csv",
            )
        )
    problems += _unread(files)
    has_error = any(problem.severity == "error" for problem in problems)
    problems += warn_about(draft, has_error=has_error)
    made = None if has_error else derive_tables(draft, base_currency, call_spread)
    fx, fx_problems = read_fx_rates(files, base_currency)
    payments, payment_problems = read_payments(files, draft.customers)
    return ReferenceRead(
        tables=made,
        fx=fx,
        payments=payments,
        problems=sorted({*problems, *fx_problems, *payment_problems}, key=problem_order),
        version_id=version_id_of(files, feeds, base_currency, call_spread),
        versioned_paths=tuple(versioned_paths(files)),
        settings=_rating_settings(feeds, base_currency, call_spread),
    )


def _rating_settings(feeds: Mapping[str, Feed], base_currency: str, call_spread: timedelta) -> dict[str, object]:
    """Return the settings that change rated rows; how a file is found and read changes the lake, not these."""
    return {
        "base_currency": base_currency,
        "call_spread_seconds": call_spread // timedelta(seconds=1),
        "talk_time_over_maximum_ms": {
            feed_id: feed.talk_time_over_maximum // timedelta(milliseconds=1) for feed_id, feed in sorted(feeds.items())
        },
    }


def _is_rates(path: str) -> bool:
    return path.startswith(RATES_FOLDER)


def _is_ignored(path: str) -> bool:
    """Say whether *path* is what desktops, editors and version control leave behind."""
    return any(part.startswith((".", "~$")) or part in {"Thumbs.db", "desktop.ini"} for part in path.split("/"))


def _unread(files: Mapping[str, bytes]) -> list[Problem]:
    """Tell of files that are not read: an error where one is probably a missing file under a wrong name."""
    known = (*_VERSIONED_PATHS, *_CURRENT_PATHS)
    problems = []
    for path in sorted(files):
        if path in known or _is_rates(path) or _is_ignored(path):
            continue
        absent = [name for name in known if name not in files]
        hint = did_you_mean(path.rsplit("/", 1)[-1], absent).strip()
        if not hint and not isinstance(parse_revision_path(RATES_FOLDER + path), Problem):
            hint = f"did you mean {quoted(RATES_FOLDER + path)}?"
        problems.append(
            Problem(
                declared.FOLDER + path,
                None,
                "",
                "is not a file of the reference data, it is not read",
                hint or "take it away",
                "error" if hint and not any(name in hint for name in _CURRENT_PATHS) else "warning",
            )
        )
    return problems
