"""The table [bi] of tollbook.toml: defaults, what is refused and with which advice, and no secret in a message.

Belongs here: reading and validating that table.
Does not belong here: what the servers make of it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.configuration import load_settings
from pipelines.settings import Bi, Problem, Settings

REST = 'data = "data"\n[feeds.a]\nformat = "tollbook_csv"\nfiles = "a/%Y%m%d%H*.csv"\n[bi]\n'
REAL = (
    'metadata = "$TOLLBOOK_METADATA"\nredis = "redis://localhost:6379/0"\n'
    'mail = "smtps://u:secret-word@mail.example.com"\nmail_from = "reports@example.com"\n'
)


def read(folder: Path, table: str) -> Settings | list[Problem]:
    (folder / "tollbook.toml").write_text(REST + table)
    return load_settings(folder / "tollbook.toml")


def test_without_the_table_both_servers_have_their_usual_ports_and_no_server_behind(tmp_path: Path) -> None:
    settings = read(tmp_path, "")
    assert isinstance(settings, Settings)
    assert settings.bi == Bi(8088, 3000, 2, None, None, None, None, None)


def test_real_servers_are_taken_as_they_are_written(tmp_path: Path) -> None:
    settings = read(tmp_path, "superset_port = 9000\nworkers = 4\n" + REAL)
    assert isinstance(settings, Settings)
    assert (settings.bi.superset_port, settings.bi.workers) == (9000, 4)
    assert settings.bi.metadata == "$TOLLBOOK_METADATA"
    assert settings.bi.mail == "smtps://u:secret-word@mail.example.com"


@pytest.mark.parametrize(
    ("table", "key", "message", "advice"),
    [
        ("superset_port = 80", "superset_port", "80 is no port to use", "1024"),
        ("superset_port = 3000", "superset_port", "cannot share a port", "its own"),
        ("superset_port = 9\nx = 1", "x", "", ""),
        ("workers = 0", "workers", "0 workers", "1 to 64"),
        ('metadata = "mysql://root:secret-word@h/d"', "metadata", "no address that fits", "postgresql://"),
        ('metadata = "sqlite:///secret-word"', "metadata", "no address that fits", "postgresql://"),
        ('redis = "localhost secret-word"', "redis", "no address that fits", "redis://"),
        ('redis = "$lower case"', "redis", "no name of an environment variable", "$TOLLBOOK_METADATA"),
        ('mail = "smtp://h"', "mail", "metadata is missing", "leave mail out"),
        ('mail_from = "a@b"', "mail_from", "no mail server", "add mail"),
        ('public_url = "tollbook.example.com"', "public_url", "no address that fits", "https://"),
    ],
)
def test_what_cannot_be_is_told_with_what_would_be_right(
    tmp_path: Path, table: str, key: str, message: str, advice: str
) -> None:
    problems = read(tmp_path, table)
    assert isinstance(problems, list)
    found = [problem for problem in problems if problem.column == f"bi.{key}"]
    assert any(message in problem.message and advice in problem.advice for problem in found), problems
    assert not any("secret-word" in f"{problem.message} {problem.advice}" for problem in problems)
