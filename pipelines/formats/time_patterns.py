"""A declared way to write a time, as a regular expression whose groups are the parts of the instant.

Belongs here: "iso" and strptime patterns, what in a pattern is missing or unknown.
Does not belong here: reading columns (instants.py), zones (zones.py).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

EPOCHS: dict[str, int] = {"epoch_s": 6, "epoch_ms": 3, "epoch_us": 0}
"""Format by name: how many decimal places its unit is above a microsecond."""

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NAMES = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_SHORTHANDS = {"%T": "%H:%M:%S", "%F": "%Y-%m-%d", "%R": "%H:%M", "%D": "%m/%d/%y"}
_TWO_DIGITS = {"m": "month", "d": "day", "H": "hour", "I": "hour12", "M": "minute", "S": "second", "y": "year2"}
_OTHERS = {
    "Y": "(?<year>[0-9]{4})",
    "f": "(?<fraction>[0-9]{1,9})",
    "p": "(?<half>[AaPp][Mm])",
    "z": "(?<offset>Z|[+-][0-9]{2}:?[0-9]{2})",
    "b": f"(?<monthname>(?i:{'|'.join(MONTHS)}))",
    "B": f"(?<monthname>(?i:{'|'.join(_MONTH_NAMES)}))",
    "a": "(?i:mon|tue|wed|thu|fri|sat|sun)",
    "A": "(?i:monday|tuesday|wednesday|thursday|friday|saturday|sunday)",
    "%": "%",
}
ISO_REGEX = (
    "^(?<year>[0-9]{4})-(?<month>[0-9]{2})-(?<day>[0-9]{2})[T ](?<hour>[0-9]{2}):(?<minute>[0-9]{2})"
    "(?::(?<second>[0-9]{2})(?:[.,](?<fraction>[0-9]{1,9}))?)?(?<offset>Z|[+-][0-9]{2}(?::?[0-9]{2})?)?$"
)
_DIRECTIVE = re.compile(r"%(.)|([^%]+)|(%$)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class TimeShape:
    """A regular expression (of Rust's kind) with named groups, and the names it has."""

    regex: str
    groups: frozenset[str]


@cache
def shape_of(pattern: str) -> TimeShape:
    """Return the shape of "iso" or of a strptime pattern that pattern_fault has nothing to say of."""
    regex = ISO_REGEX if pattern == "iso" else _regex_of(pattern)
    return TimeShape(regex, frozenset(re.findall(r"\(\?<([a-z0-9]+)>", regex)))


def pattern_fault(pattern: str) -> str | None:
    """Return what is wrong with a strptime pattern, None if it can be read."""
    directives = [found[1] for found in _DIRECTIVE.finditer(_expanded(pattern)) if found[1]]
    known = {*_TWO_DIGITS, *_OTHERS}
    for directive in directives:
        if directive not in known:
            return f"holds %{directive}, which is not known"
    if pattern.endswith("%") and not pattern.endswith("%%"):
        return "ends in a lone %"
    for parts, noun in (("Yy", "year"), ("mbB", "month"), ("d", "day"), ("HI", "hour")):
        count = sum(directives.count(one) for one in parts)
        if count != 1:
            return f"has no {noun}" if count == 0 else f"has the {noun} twice"
    for directive in "MSfpz":
        if directives.count(directive) > 1:
            return f"has %{directive} twice"
    if ("I" in directives) != ("p" in directives):
        return "needs %I and %p together"
    return None


def _expanded(pattern: str) -> str:
    for short, long in _SHORTHANDS.items():
        pattern = pattern.replace(short, long)
    return pattern


def _regex_of(pattern: str) -> str:
    pattern = _expanded(pattern)
    # 20260301 can be cut in one way only if every part has its full width.
    digits = "{2}" if re.search("%[YymdHIMSf]%[YymdHIMSf]", pattern) else "{1,2}"
    regex = "^"
    for found in _DIRECTIVE.finditer(pattern):
        directive, literal = found[1], found[2]
        if literal:
            regex += re.escape(literal)
        elif directive == "y":
            regex += "(?<year2>[0-9]{2})"
        elif directive in _TWO_DIGITS:
            regex += f"(?<{_TWO_DIGITS[directive]}>[0-9]{digits})"
        else:
            regex += _OTHERS[directive]
    return regex + "$"
