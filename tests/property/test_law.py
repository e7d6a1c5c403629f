"""Any order and grouping of the files, any number of runs, interrupted anywhere: the same published rows."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import Phase, given, note, settings
from hypothesis import strategies as st

from tests.landings import Landing, random_landing
from tests.support.history import draw_history
from tests.support.law import Runs, State, new_site

# Every example is a dozen processes: one that fails is told with its seed and its history, not searched for a smaller.
_SEEDS = st.integers(0, 2**32 - 1)
_PHASES = (Phase.explicit, Phase.generate)


def _obeys_the_law(runs: Runs, folder: Path, seed: int, size: int, most_runs: int) -> None:
    rng = random.Random(seed)
    landing = random_landing(rng, size=size)
    at_once = new_site(folder / "at_once", landing.toml, landing.files)
    runs.run(at_once, landing.as_of, now=_now(landing))
    history = draw_history(rng, landing, most_runs)
    note(f"seed {seed}\n{history}")
    site = new_site(folder / "site", landing.toml, landing.files, history.reference)
    history.happen(runs, site)
    assert State.of(at_once).difference(State.of(site)) == [], f"seed {seed}\n{history}"


def _now(landing: Landing) -> datetime:
    return landing.as_of + timedelta(minutes=30)


@settings(max_examples=1, phases=_PHASES)
@given(seed=_SEEDS)
def test_any_history_of_the_same_files_ends_in_the_same_rows(
    runs: Runs, tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    _obeys_the_law(runs, tmp_path_factory.mktemp("law"), seed, size=40, most_runs=4)


@pytest.mark.slow
@settings(max_examples=40, phases=_PHASES, derandomize=False)
@given(seed=_SEEDS)
def test_any_long_history_of_the_same_files_ends_in_the_same_rows(
    runs: Runs, tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    _obeys_the_law(runs, tmp_path_factory.mktemp("law"), seed, size=120, most_runs=9)
