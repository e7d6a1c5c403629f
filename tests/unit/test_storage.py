"""A file is visible whole or not at all, and what may exist only once is never overwritten."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.storage import KeyOutsideStoreError, Store


def test_a_listing_names_files_and_folders_in_byte_order_and_nothing_unfinished(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.replace("b/2.csv", b"22")
    store.replace("a/1.csv", b"1")
    (tmp_path / "a" / ".tmp-99-1.csv").write_bytes(b"half")
    assert [(entry.key, entry.size, entry.is_file) for entry in store.list() if entry.is_file] == [
        ("a/1.csv", 1, True),
        ("b/2.csv", 2, True),
    ]
    assert [entry.key for entry in store.list() if not entry.is_file] == ["a", "b"]
    assert [entry.key for entry in store.list("b")] == ["b/2.csv"]
    assert list(store.list("nowhere")) == []


def test_replacing_a_file_never_shows_a_part_of_it(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.replace("x/part", b"old")
    with store.scratch("x/part") as path:
        path.write_bytes(b"new, but not finished")
        assert store.read("x/part") == b"old"
        store.adopt("x/part", path)
    assert store.read("x/part") == b"new, but not finished"
    assert [entry.key for entry in store.list("x")] == ["x/part"]


def test_creating_what_exists_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert store.create("number/000001.json", b"first")
    assert not store.create("number/000001.json", b"second")
    assert store.read("number/000001.json") == b"first"


def _create(arguments: tuple[str, int]) -> bool:
    root, worker = arguments
    return Store(root).create("number/000002.json", str(worker).encode())


def test_of_many_processes_creating_one_name_exactly_one_succeeds(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        outcomes = pool.map(_create, [(str(tmp_path), worker) for worker in range(12)])
    assert outcomes.count(True) == 1
    assert Store(tmp_path).read("number/000002.json") == str(outcomes.index(True)).encode()


def test_what_a_killed_process_left_half_written_is_not_seen_and_goes(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pipelines.storage import Store\n"
        "with Store(sys.argv[1]).scratch('a/part') as path:\n"
        "    path.write_bytes(b'half'); os.kill(os.getpid(), 9)\n"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=Path.cwd(), check=False)
    assert killed.returncode == -9
    assert len(list((tmp_path / "a").iterdir())) == 1
    store = Store(tmp_path)
    assert list(store.list("a")) == []
    assert store.remove_temporary_files() == 1
    assert list((tmp_path / "a").iterdir()) == []


@pytest.mark.parametrize("key", ["/etc/passwd", "../outside", "a/../../outside", ""])
def test_a_key_never_leads_out_of_its_store(tmp_path: Path, key: str) -> None:
    with pytest.raises(KeyOutsideStoreError):
        Store(tmp_path / "root").read(key)


def test_a_file_that_vanishes_between_listing_and_look_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "dangling").symlink_to(tmp_path / "gone")
    assert list(Store(tmp_path).list()) == []
    assert Store(tmp_path).stat("dangling") is None
