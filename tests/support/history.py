"""A random history of one landing: what was dropped, run, killed, thrown away, sent again, and when.

Belongs here: drawing such histories, and making them happen.
Does not belong here: what must hold at their end (tests/property/test_law.py).
"""

from __future__ import annotations

import gzip
import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.landings import Landing
from tests.support.law import Runs, delete_derived, delete_rated_rows, delete_warehouse, put
from tests.support.published import Site

KILL_POINTS = 420
"""About how many points of death a run of a small site has."""

_THROWN_AWAY = ("delete the warehouse", "delete what is derived", "delete rated rows")


@dataclass(frozen=True)
class Step:
    """One thing that happens. paths: of landing. at: the hour a run looks from, kill_at: where it is killed."""

    what: str
    paths: tuple[str, ...] = ()
    at: datetime | None = None
    kill_at: int | None = None
    forced: tuple[str, str] | None = None
    chunk_legs: int | None = None

    def __str__(self) -> str:
        """Tell the step in a line."""
        details = {name: getattr(self, name) for name in ("paths", "at", "kill_at", "forced", "chunk_legs")}
        return f"{self.what} " + ", ".join(f"{name} {value}" for name, value in details.items() if value)


@dataclass(frozen=True)
class History:
    """The steps from an empty lake to the last run, which sees every file in its last bytes."""

    landing: Landing
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        """Tell every step."""
        return "\n".join(str(step) for step in self.steps)

    @property
    def reference(self) -> list[str]:
        """The files that are there from the beginning."""
        return [path for path in self.landing.files if path.startswith("reference/")]

    def happen(self, runs: Runs, site: Site) -> None:
        """Make it happen to *site*, which has the reference data."""
        for step in self.steps:
            if step.what == "drop":
                put(site, self.landing.files, step.paths)
            elif step.what == "drop an earlier version of":
                put(site, {path: earlier(path, self.landing.files[path]) for path in step.paths}, step.paths)
            elif step.what == "tidy":
                for path in step.paths:
                    (site.landing / path).unlink()
            elif step.what == "delete the warehouse":
                delete_warehouse(site)
            elif step.what == "delete what is derived":
                delete_derived(site)
            elif step.what == "delete rated rows":
                delete_rated_rows(site)
            else:
                assert step.at is not None
                options = {"kill_at": step.kill_at, "forced": step.forced, "chunk_legs": step.chunk_legs}
                runs.run(site, step.at, **{name: value for name, value in options.items() if value is not None})


def earlier(path: str, content: bytes) -> bytes:
    """Return what a file held before it was sent again: the first half of its lines."""
    text = gzip.decompress(content) if path.endswith(".gz") else content
    lines = text.splitlines(keepends=True)
    half = b"".join(lines[: len(lines) // 2 + 1])
    return gzip.compress(half, mtime=0) if path.endswith(".gz") else half


def draw_history(rng: random.Random, landing: Landing, most_runs: int) -> History:
    """Draw a history whose last run is one of all files at landing.as_of."""
    traffic = [path for path in landing.files if not path.startswith("reference/")]
    rng.shuffle(traffic)
    run_count = rng.randint(min(2, most_runs), most_runs)
    hours = sorted(landing.as_of - timedelta(hours=rng.randrange(30)) for _ in range(run_count))
    sent_again = set(rng.sample(traffic, len(traffic) // 6))
    thrice = set(rng.sample(traffic, len(traffic) // 8))  # as it will be, then otherwise, then as it was
    steps: list[Step] = []
    present: list[str] = []
    spoilt: list[str] = []
    for number, hour in enumerate(hours):
        is_last = number == run_count - 1
        share = len(traffic) if is_last else rng.randrange(len(traffic) // 2 + 1)
        new, traffic = traffic[:share], traffic[share:]
        if is_last:
            new += [path for path in [*sorted(sent_again), *spoilt] if path not in new]
        early = [path for path in new if path in sent_again and not is_last]
        if early:
            steps.append(Step("drop an earlier version of", tuple(early)))
        steps.append(Step("drop", tuple(path for path in new if path not in early)))
        present += [path for path in new if path not in sent_again | thrice]
        if rng.random() < 0.3:
            steps.append(Step(rng.choice(_THROWN_AWAY)))
        if rng.random() < 0.4:
            steps.append(Step("run", at=hour, kill_at=rng.randint(1, KILL_POINTS)))
        steps.append(_run(rng, landing.as_of if is_last else hour))
        if not is_last and thrice.intersection(new):
            spoilt += sorted(thrice.intersection(new))
            steps.append(Step("drop an earlier version of", tuple(sorted(thrice.intersection(new)))))
        if not is_last and rng.random() < 0.4:
            gone = rng.sample(present, len(present) // 3)
            present = [path for path in present if path not in gone]
            steps.append(Step("tidy", tuple(gone)))
    return History(landing, tuple(steps))


def _run(rng: random.Random, at: datetime) -> Step:
    first = at - timedelta(hours=rng.randrange(1, 40))
    forced = (first.isoformat(), (first + timedelta(hours=rng.randrange(12))).isoformat())
    return Step(
        "run",
        at=at,
        forced=forced if rng.random() < 0.3 else None,
        chunk_legs=rng.choice([1, 5, 20]) if rng.random() < 0.3 else None,
    )
