"""Keys and first passwords: made once by this machine, kept in var/bi/ for its owner alone.

Belongs here: making, keeping and reading them.
Does not belong here: printing them (the commands do, once), anything that has a default.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

ADMIN = "admin"
"""Name of the first login."""
SHORTEST_PASSWORD = 12


def private_folder(path: Path) -> Path:
    """Make *path* a folder that its owner alone can read; return it."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
    return path


def kept_secret(folder: Path, name: str) -> str:
    """Return the secret *name* of *folder*, made at the first call. Its file has mode 600 from its first byte on."""
    path = folder / name
    if not path.exists():
        private_folder(folder)
        partial = folder / f".{name}.{os.getpid()}"
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(new_password() if name.endswith("password") else secrets.token_urlsafe(48))
        try:
            os.link(partial, path)  # two processes that start at once agree on one
        except FileExistsError:
            pass
        finally:
            partial.unlink()
    return path.read_text(encoding="ascii").strip()


def long_enough(password: str) -> None:
    """Raise what Superset shows where *password* is short. Length is what counts: no rules about kinds of letters."""
    if len(password) < SHORTEST_PASSWORD:
        from flask_appbuilder.exceptions import PasswordComplexityValidationError

        raise PasswordComplexityValidationError(f"A password needs at least {SHORTEST_PASSWORD} characters.")


def new_password() -> str:
    """Return a password of 96 random bits."""
    return secrets.token_urlsafe(12)
