"""Every folder beside this file is a story with its expected rows; each is told by its README.md.

Belongs here: finding and executing them.
Does not belong here: what the steps mean (tests/support/story.py), what is expected (the folders).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.law import Runs
from tests.support.story import Story, stories

_SLOW = {"sent_again"}  # random histories send files again in every run of the tests
_STORIES = [
    pytest.param(folder, id=folder.name, marks=[pytest.mark.slow] if folder.name in _SLOW else [])
    for folder in stories(Path(__file__).parent)
]


@pytest.mark.parametrize("folder", _STORIES)
def test_a_story_ends_as_it_is_written(runs: Runs, tmp_path: Path, folder: Path) -> None:
    Story(folder, tmp_path, runs).happen()
