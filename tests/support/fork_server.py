"""A process that has imported everything and executed nothing; every run of a test is a fork of it.

Importing dbt, DuckDB and polars and parsing the models takes six seconds, a run of a small site then three and a half:
forked, each run pays only the latter and still is a process of its own, which may be killed.

Belongs here: the server (`python -m tests.support.fork_server`) and its client.
Does not belong here: what a run does (one_run.py); threads in the server: a fork would leave them behind.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

PROJECT = Path(__file__).resolve().parents[2]
_WARM = (
    "dbt.cli.main", "dbt.compilation", "dbt.adapters.duckdb.connections", "dbt.task.run", "dbt.task.test", "sqlparse",
    "pyarrow.compute", "pyarrow.dataset", "assets.run", "assets.command_line.rerate", "tests.support.one_run",
)  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """How a fork ended: killed by a signal, with the text of an exception, or with an answer."""

    answer: Any = None
    error: str = ""
    killed_by: int = 0


class ForkServer:
    """The client. One call at a time."""

    def __init__(self) -> None:
        environment = {
            **os.environ,
            "DBT_WRITE_JSON": "false",  # a manifest of 2 MB at every invocation, which nobody reads here
            "PYTHONPATH": str(PROJECT),
            "PYTHONWARNINGS": "ignore:resource_tracker",  # the locks of forks that were killed
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.fork_server"],
            cwd=PROJECT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def call(self, function: str, **arguments: Any) -> Outcome:
        """Call 'module:name' with JSON arguments in a fork, and return how that ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([function, arguments]).encode() + b"\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"the fork server has gone, exit {self._process.wait()}"
        return Outcome(**json.loads(line))

    def close(self) -> None:
        """End the server."""
        self._process.communicate()


def _serve(jobs: BinaryIO, replies: BinaryIO) -> None:
    _warm_up()
    for line in jobs:
        function, arguments = json.loads(line)
        replies.write(json.dumps(_fork(function, arguments)).encode() + b"\n")
        replies.flush()


def _warm_up() -> None:
    import gc

    for name in _WARM:
        importlib.import_module(name)
    with tempfile.TemporaryDirectory() as folder:
        from assets.dbt_in_process import parsed_models
        from assets.places import Places

        parsed_models(Places(*(Path(folder) for _ in range(5))))
    gc.collect()
    gc.freeze()  # what is here stays: a fork's collector need not look at it, nor copy its pages


def _fork(function: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        answer = None
        try:
            module, _, name = function.partition(":")
            answer = getattr(importlib.import_module(module), name)(**arguments)
        finally:  # told to whoever called; and no cleaning up after the parent, whatever happened
            error = traceback.format_exc() if sys.exc_info()[0] is not None else ""
            with os.fdopen(writer, "wb") as pipe:
                pipe.write(json.dumps({"answer": answer, "error": error}).encode())
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        written = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return {"killed_by": os.WTERMSIG(status)}
    return dict(json.loads(written))


def main() -> None:
    """Serve until standard input ends; standard output carries replies and nothing else."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ^C is for the tests; the server ends with its input
    replies = os.fdopen(os.dup(1), "wb")
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    _serve(sys.stdin.buffer, replies)


if __name__ == "__main__":
    main()
