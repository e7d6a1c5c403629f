"""tools/bootstrap_uv.py, run as make runs it: with a PATH that holds no uv, against a lock file and a wheel of our own.

Belongs here: what it fetches, refuses and says.
Does not belong here: the network (wheels are file:// addresses), uv itself.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "tools" / "bootstrap_uv.py"
FAKE_UV = "#!/bin/sh\necho uv 0.13.9\n"
HERE = ["manylinux_2_5_x86_64", "manylinux_2_17_aarch64", "musllinux_1_1_x86_64", "musllinux_1_1_aarch64"]
HERE += ["macosx_10_12_x86_64", "macosx_11_0_arm64"]


@dataclass
class Checkout:
    """A folder with the script and a lock file, as after a clone."""

    folder: Path
    wheel: Path

    @property
    def uv(self) -> Path:
        return self.folder / "var" / "tools" / "uv"

    def lock(self, *, sha256: str | None = None, tags: str = ".".join(HERE), package: str = "uv") -> None:
        wheel = self.wheel.with_name(f"uv-0.13.9-py3-none-{tags}.whl")
        if self.wheel.exists():
            self.wheel.rename(wheel)
            self.wheel = wheel
        digest = sha256 or hashlib.sha256(wheel.read_bytes() if wheel.exists() else b"").hexdigest()
        (self.folder / "uv.lock").write_text(
            f'[[package]]\nname = "{package}"\nwheels = [{{ url = "{wheel.as_uri()}", hash = "sha256:{digest}" }}]\n'
        )

    def run(self, path: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, self.folder / "tools" / "bootstrap_uv.py"],
            env={"PATH": path or str(self.folder)},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    (tmp_path / "tools").mkdir()
    shutil.copy(SCRIPT, tmp_path / "tools")
    wheel = tmp_path / "uv.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("uv-0.13.9.data/scripts/uv", FAKE_UV)
        archive.writestr("uv-0.13.9.data/scripts/uvx", "another program")
    made = Checkout(tmp_path, wheel)
    made.lock()
    return made


def assert_refused(done: subprocess.CompletedProcess[str], checkout: Checkout, *words: str) -> None:
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, "one sentence, no traceback"
    for word in words:
        assert word in done.stderr
    assert not checkout.uv.exists()


def test_it_fetches_the_pinned_uv_once(checkout: Checkout) -> None:
    done = checkout.run()
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, str(checkout.uv), "")
    assert os.access(checkout.uv, os.X_OK)
    assert [path.name for path in checkout.uv.parent.iterdir()] == ["uv"], "no half-written file is left"
    checkout.wheel.unlink()
    assert checkout.run().stdout.strip() == str(checkout.uv), "the second call downloads nothing"


def test_a_uv_on_path_that_is_new_enough_is_taken(checkout: Checkout) -> None:
    folder = checkout.folder / "bin"
    folder.mkdir()
    installed = folder / "uv"
    installed.write_text(FAKE_UV)
    installed.chmod(0o755)
    assert checkout.run(path=str(folder)).stdout.strip() == str(installed)
    assert not checkout.uv.exists()


@pytest.mark.parametrize("output", ["echo uv 0.8.99", "echo uvicorn 1.0", "exit 3"])
def test_a_uv_on_path_that_does_not_do_is_passed_over(checkout: Checkout, output: str) -> None:
    folder = checkout.folder / "bin"
    folder.mkdir()
    (folder / "uv").write_text(f"#!/bin/sh\n{output}\n")
    (folder / "uv").chmod(0o755)
    assert checkout.run(path=str(folder)).stdout.strip() == str(checkout.uv)


def test_a_wheel_that_is_not_the_pinned_one_is_refused(checkout: Checkout) -> None:
    checkout.lock(sha256="0" * 64)
    assert_refused(checkout.run(), checkout, "sha256", "0" * 64, "restore uv.lock")


def test_an_address_that_does_not_answer_is_told(checkout: Checkout) -> None:
    checkout.wheel.unlink()
    assert_refused(checkout.run(), checkout, "could not be downloaded", "check the network")


def test_a_platform_that_the_lock_does_not_know_is_told(checkout: Checkout) -> None:
    checkout.lock(tags="win_arm64.manylinux_2_17_s390x.manylinux_9_99_x86_64")
    assert_refused(checkout.run(), checkout, "platform", "by hand")


def test_a_lock_without_uv_is_told(checkout: Checkout) -> None:
    checkout.lock(package="uvicorn")
    assert_refused(checkout.run(), checkout, "pins no wheel of uv")


def test_a_missing_lock_is_told(checkout: Checkout) -> None:
    (checkout.folder / "uv.lock").unlink()
    assert_refused(checkout.run(), checkout, "cannot be read")


def test_an_address_without_encryption_is_refused(checkout: Checkout) -> None:
    lock = checkout.folder / "uv.lock"
    lock.write_text(lock.read_text().replace("file:///", "http://example.invalid/"))
    assert_refused(checkout.run(), checkout, "no https address")


def test_a_pinned_file_without_the_binary_is_told(checkout: Checkout) -> None:
    with zipfile.ZipFile(checkout.wheel, "w") as archive:
        archive.writestr("uv-0.13.9.data/scripts/uvx", "another program")
    checkout.lock()
    assert_refused(checkout.run(), checkout, "holds 0 binaries")


def test_the_projects_own_lock_pins_uv_for_the_machines_we_promise() -> None:
    text = (SCRIPT.parents[1] / "uv.lock").read_text(encoding="utf-8")
    for platform_tag in ("manylinux_2_17_x86_64", "aarch64", "musllinux_1_1_x86_64", "arm64", "macosx_10_12_x86_64"):
        assert any(
            line.lstrip().startswith("{ url =") and "/uv-" in line and platform_tag in line
            for line in text.splitlines()
        ), platform_tag
