"""What a run may end with before it touches anything: the user's files are at fault, and every fault is told.

Belongs here: the exceptions that the command line turns into exit 2 with its text.
Does not belong here: faults of data (records, rejects, the checklist) and defects of ours.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.settings import Problem


class ConfigurationError(Exception):
    """tollbook.toml or, with nothing accepted yet, the reference data cannot be used as they are."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Keep all *problems*; str() has one line for each."""
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)
