"""Two runs started at once: one waits, is told for whom, and both end as one would have."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.support.law import Runs, State
from tests.support.published import Site
from tests.support.small_site import AS_OF, small_site


def _start(site: Site) -> subprocess.Popen[str]:
    environment = {**os.environ, "TOLLBOOK_CONFIG": str(site.root / "tollbook.toml")}
    command = [str(Path(sys.executable).parent / "tollbook"), "run", "--as-of", f"{AS_OF:%Y-%m-%dT%H}"]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_of_two_runs_started_at_once_one_waits_and_says_for_whom(runs: Runs, tmp_path: Path) -> None:
    alone = small_site(tmp_path / "alone")
    runs.run(alone, AS_OF)
    site = small_site(tmp_path / "site")
    processes = [_start(site), _start(site)]
    printed = [process.communicate(timeout=600)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], printed
    waits = [re.search(r"waiting for process (\d+), tollbook run", text) for text in printed]
    assert [wait is None for wait in waits].count(False) == 1, printed
    waiter = 0 if waits[0] is not None else 1
    assert waits[waiter].group(1) == str(processes[1 - waiter].pid)
    assert "nothing to do" in printed[waiter]
    assert State.of(alone).difference(State.of(site)) == []
