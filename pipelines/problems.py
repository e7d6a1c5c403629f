"""What is wrong in a file the user wrote, as a value.

Belongs here: the shape of a problem.
Does not belong here: finding problems, or what stops because of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Something wrong in a file the user wrote: where it is, what it is, what would be right.

    file_path: as the user knows it (below landing, or tollbook.toml). line_number and column: from 1 and by name
    where they are known, else None and "". severity "warning" never stops anything.
    """

    file_path: str
    line_number: int | None
    column: str
    message: str
    advice: str = ""
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        """Return one line: ``file:line: column: message; advice``."""
        place = self.file_path if self.line_number is None else f"{self.file_path}:{self.line_number}"
        parts = [place, *([self.column] if self.column else []), self.message]
        return ": ".join(parts) + (f"; {self.advice}" if self.advice else "")
