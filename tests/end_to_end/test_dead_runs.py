"""A run whose process was killed is marked as failed by the next start, and keeps no place in a pool."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.published import PROJECT

HANGING = """
import os, sys, time
import dagster as dg
from assets.dead_runs import name_process

@dg.op(pool="writer")
def hang(context):
    name_process(context.instance, context.instance.get_run_by_id(context.run_id))
    print(context.run_id, flush=True)
    time.sleep(600)

@dg.job(executor_def=dg.in_process_executor)
def hanging():
    hang()

with dg.DagsterInstance.local_temp(sys.argv[1]) as instance:
    instance.event_log_storage.set_concurrency_slots("writer", 1)
    hanging.execute_in_process(instance=instance)
"""


def test_a_killed_run_is_failed_by_the_next_start_and_a_living_one_is_left_alone(tmp_path: Path) -> None:
    import dagster as dg

    from assets.dead_runs import fail_dead_runs

    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", HANGING, str(tmp_path)],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        run_id = process.stdout.readline().strip()
        with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
            assert fail_dead_runs(instance) == []
            assert instance.event_log_storage.get_concurrency_info("writer").active_slot_count == 1
            process.send_signal(signal.SIGKILL)  # and not waited for: a zombie is dead too
            deadline = time.monotonic() + 30
            while not (dead := fail_dead_runs(instance)) and time.monotonic() < deadline:
                time.sleep(0.05)
            assert dead == [run_id]
            run = instance.get_run_by_id(run_id)
            assert run is not None
            assert run.status == dg.DagsterRunStatus.FAILURE
            assert instance.event_log_storage.get_concurrency_info("writer").active_slot_count == 0
            assert fail_dead_runs(instance) == []
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def test_a_process_is_not_taken_for_a_later_one_of_its_number() -> None:
    from assets.dead_runs import Process

    own = Process.of(os.getpid())
    assert own is not None
    assert Process.from_tag("run", own.tag("run")) == own
    assert Process.from_tag("started again", own.tag("run")) is None
    assert Process.of(1) != own
    child = subprocess.Popen(["/bin/true"])
    child.wait()
    assert Process.of(child.pid) is None


def test_only_what_may_pass_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    import dagster as dg

    from assets import retries

    monkeypatch.setattr(retries, "FIRST_WAIT_SECONDS", 0.01)
    tries: list[str] = []

    def step(name: str, error: OSError, times: int) -> dg.AssetsDefinition:
        @dg.asset(name=name)
        def made(context: dg.AssetExecutionContext) -> None:
            with retries.retried(context):
                tries.append(name)
                if tries.count(name) <= times:
                    raise error

        return made

    outcome = dg.materialize(
        [
            step("busy", OSError(16, "busy"), 2),
            step("for_ever", TimeoutError(110, "gone"), 99),
            step("full", OSError(28, "no space left"), 99),
        ],
        raise_on_error=False,
        instance=dg.DagsterInstance.ephemeral(),
    )
    assert not outcome.success
    assert {name: tries.count(name) for name in ("busy", "for_ever", "full")} == {"busy": 3, "for_ever": 4, "full": 1}
