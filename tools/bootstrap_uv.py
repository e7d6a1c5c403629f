"""Find uv, or fetch the very build that uv.lock pins, with nothing but Python 3.11's standard library.

Belongs here: looking for a uv that is new enough, choosing the wheel for this machine out of uv.lock, downloading
it from the address in the lock, comparing its sha256 with the lock's, unpacking the one binary.
Does not belong here: any other dependency (uv installs those), any address or version (the lock holds both).

Prints the path of the uv to use and nothing else; exits 1 with one sentence on standard error when there is none.
"""

from __future__ import annotations

import hashlib
import http.client
import io
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
MINIMUM_VERSION = (0, 9)
ATTEMPTS = 3
TIMEOUT_SECONDS = 60

BY_HAND = "install uv 0.9 or newer by hand and put it on PATH"


class BootstrapError(Exception):
    """There is no uv and none could be had; the message says what to do."""


def version_of(binary: Path | str) -> tuple[int, ...] | None:
    """Return the version *binary* prints as numbers, or None when it is no uv that runs here."""
    try:
        done = subprocess.run(
            [str(binary), "--version"], capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.match(r"uv (\d+)\.(\d+)(?:\.(\d+))?", done.stdout)
    if done.returncode != 0 or found is None:
        return None
    return tuple(int(part) for part in found.groups(default="0"))


def find_installed(tools: Path) -> Path | None:
    """Return a uv of at least MINIMUM_VERSION from PATH, else the one in *tools*, else None."""
    on_path = shutil.which("uv")
    for binary in [*([Path(on_path)] if on_path else []), tools / "uv"]:
        version = version_of(binary)
        if version is not None and version >= MINIMUM_VERSION:
            return binary
    return None


def machine_fits(tag: str) -> bool:
    """Say whether a wheel's platform tag (``manylinux_2_17_x86_64`` …) runs on this machine."""
    machine = {"AMD64": "x86_64", "arm64": "aarch64"}.get(platform.machine(), platform.machine())
    if sys.platform == "darwin":
        found = re.fullmatch(r"macosx_(\d+)_(\d+)_(x86_64|arm64|universal2)", tag)
        if found is None or found[3] not in {platform.machine(), "universal2"}:
            return False
        here = tuple(int(part) for part in platform.mac_ver()[0].split(".")[:2])
        return here >= (int(found[1]), int(found[2]))
    libc, libc_version = platform.libc_ver()
    if libc == "glibc":
        found = re.fullmatch(rf"manylinux_(\d+)_(\d+)_{machine}", tag)
        here = tuple(int(part) for part in libc_version.split(".")[:2])
        return found is not None and here >= (int(found[1]), int(found[2]))
    return sys.platform == "linux" and re.fullmatch(rf"musllinux_1_\d+_{machine}", tag) is not None


def pinned_wheel(lock: Path) -> tuple[str, str]:
    """Return (address, sha256) of the wheel of package uv in *lock* that fits this machine.

    Raises BootstrapError when the lock cannot be read, has no package uv, or no wheel for this platform.
    """
    try:
        packages = tomllib.loads(lock.read_text(encoding="utf-8")).get("package", [])
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise BootstrapError(f"{lock} cannot be read ({error}): restore it from the repository") from error
    wheels = [wheel for package in packages if package.get("name") == "uv" for wheel in package.get("wheels", [])]
    if not wheels:
        raise BootstrapError(f"{lock} pins no wheel of uv: restore it from the repository, or {BY_HAND}")
    for wheel in wheels:
        address = wheel.get("url", "")
        tags = address.rpartition("/")[2].removesuffix(".whl").rpartition("-")[2]
        if any(machine_fits(tag) for tag in tags.split(".")):
            algorithm, _, digest = wheel.get("hash", "").partition(":")
            if algorithm != "sha256" or not digest:
                raise BootstrapError(f"{lock} has no sha256 for {address}: restore it from the repository")
            return address, digest
    here = f"{sys.platform} {platform.machine()} {' '.join(platform.libc_ver())}".strip()
    raise BootstrapError(f"{lock} has no uv for this platform ({here}): {BY_HAND}")


def download(address: str) -> bytes:
    """Return the bytes at *address*; raises BootstrapError after ATTEMPTS failures."""
    if not address.startswith(("https://", "file://")):
        raise BootstrapError(f"uv.lock names {address!r}, which is no https address: restore uv.lock, or {BY_HAND}")
    reason: Exception | None = None
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with urllib.request.urlopen(address, timeout=TIMEOUT_SECONDS) as answer:
                return bytes(answer.read())
        except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
            reason = error
            if attempt < ATTEMPTS:
                time.sleep(attempt)
    raise BootstrapError(
        f"uv could not be downloaded from {address} ({reason}): check the network or https_proxy and try again, "
        f"or {BY_HAND}"
    )


def unpack(wheel: bytes, target: Path) -> None:
    """Write the uv binary inside *wheel* to *target*: whole or not at all, executable."""
    try:
        with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
            names = [name for name in archive.namelist() if re.fullmatch(r"uv-[^/]+\.data/scripts/uv", name)]
            if len(names) != 1:
                raise BootstrapError(f"the pinned wheel of uv holds {len(names)} binaries, not 1: {BY_HAND}")
            binary = archive.read(names[0])
    except zipfile.BadZipFile as error:
        raise BootstrapError(f"the pinned wheel of uv is no zip file ({error}): {BY_HAND}") from error
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".uv-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(binary)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o755)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def bootstrap(project: Path) -> Path:
    """Return the path of a uv that runs here, fetching the pinned one into var/tools/ when there is none."""
    tools = project / "var" / "tools"
    installed = find_installed(tools)
    if installed is not None:
        return installed
    address, expected = pinned_wheel(project / "uv.lock")
    wheel = download(address)
    actual = hashlib.sha256(wheel).hexdigest()
    if actual != expected:
        raise BootstrapError(
            f"{address} has sha256 {actual}, uv.lock pins {expected}: nothing was installed; something between here "
            f"and there changes files, or uv.lock was edited; restore uv.lock, try another network, or {BY_HAND}"
        )
    target = tools / "uv"
    unpack(wheel, target)
    if version_of(target) is None:
        raise BootstrapError(f"{target} does not run on this machine: {BY_HAND}")
    return target


def main() -> int:
    """Print the path of uv; return the process's exit code."""
    try:
        print(bootstrap(PROJECT))
    except BootstrapError as error:
        print(f"bootstrap_uv: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"bootstrap_uv: {error}: free the disk or fix the rights below {PROJECT / 'var'}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
