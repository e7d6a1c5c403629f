"""Problems as text a person reads in a terminal.

Belongs here: grouping and wording of the list that `tollbook check` prints.
Does not belong here: finding problems, colours, exit codes.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from pipelines.problems import Problem
from pipelines.reference.reading import problem_order


def render_problems(problems: Iterable[Problem], most_per_file: int | None = None) -> str:
    """Return *problems* grouped by file, one line each, with a closing line of counts; "no problems" for none.

    most_per_file cuts a long list, and says how many it left out; by default nothing is left out.
    """
    ordered = sorted(problems, key=problem_order)
    if not ordered:
        return "no problems"
    blocks = []
    for path, group in groupby(ordered, key=lambda problem: problem.file_path):
        listed = list(group)
        shown = listed if most_per_file is None else listed[:most_per_file]
        width = max((len(str(problem.line_number or "")) for problem in shown), default=0)
        lines = [path, *(f"  {_line(problem, width)}" for problem in shown)]
        if len(shown) < len(listed):
            lines.append(f"  … and {len(listed) - len(shown)} more")
        blocks.append("\n".join(lines))
    errors = sum(problem.severity == "error" for problem in ordered)
    blocks.append(f"{_count(errors, 'error')}, {_count(len(ordered) - errors, 'warning')}")
    return "\n\n".join(blocks)


def _line(problem: Problem, width: int) -> str:
    place = f"line {problem.line_number:>{width}}" if problem.line_number is not None else "file"
    parts = [place, *([problem.column] if problem.column else [])]
    mark = "" if problem.severity == "error" else "warning: "
    advice = f" -> {problem.advice}" if problem.advice else ""
    return f"{', '.join(parts)}: {mark}{problem.message}{advice}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
