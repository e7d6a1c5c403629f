"""A file that cannot be read as a whole.

Belongs here: the status such a file gets.
Does not belong here: rejected rows (validate.py).
"""

from __future__ import annotations

from typing import Literal

FileStatus = Literal["empty", "truncated", "binary", "wrong_encoding", "wrong_header", "wrong_format", "wrong_trailer"]


class FileFault(Exception):
    """The file gives no rows at all. status_code: what it is; reason: a sentence with what would be right."""

    def __init__(self, status_code: FileStatus, reason: str) -> None:
        super().__init__(f"{status_code}: {reason}")
        self.status_code: FileStatus = status_code
        self.reason = reason
