"""What would be right in a field that was rejected, in a sentence for who reads the reject.

Belongs here: wording per canonical column and declaration.
Does not belong here: deciding that a field is wrong (validate.py).
"""

from __future__ import annotations

from pipelines.formats.shape import DURATIONS, FLAGS, INSTANTS, INTEGERS, ColumnRule, FormatDeclaration

_FORMATS = {
    "iso": "an ISO 8601 time, like 2026-03-01T10:00:00Z",
    "epoch_s": "seconds since 1970",
    "epoch_ms": "milliseconds since 1970",
    "epoch_us": "microseconds since 1970",
}
_UNITS = {
    None: "whole milliseconds",
    "s": "seconds",
    "ms": "milliseconds",
    "us": "microseconds",
    "hms": "hours, minutes and seconds, like 0:02:17 or 000217",
}


def advice_on(name: str, declaration: FormatDeclaration, *, missing: bool = False, unknown: bool = False) -> str:
    """Return what the canonical column *name* should hold in a file of this format."""
    rule = next((one for one in declaration.columns if one.name == name), ColumnRule(name))
    if missing and name == "answered_ms":
        return "an answered call needs its talk time, or both answer and end"
    if missing:
        return f"it is written in {_place(rule)} and never empty"
    if unknown:
        known = [text for text, _ in rule.value_map] or ["true", "false"]
        shown = ", ".join(known[:12]) + (", …" if len(known) > 12 else "")
        return f"known are {shown}"
    return f"right is {_right(rule)}"


def _place(rule: ColumnRule) -> str:
    return " or ".join("+".join(names) for names in rule.sources) or rule.name


_CODINGS = {
    "percent": ", with % and two hexadecimal digits for a coded byte",
    "ipv4_le": ": an address as a whole number of 32 bits",
    "ipv4_be": ": an address as a whole number of 32 bits",
}


def _right(rule: ColumnRule) -> str:
    if rule.after:
        return f"a number of {_UNITS[rule.unit]} after {rule.after}"
    if rule.name in INSTANTS:
        return " or ".join(_FORMATS.get(one, f"a time like {one}") for one in rule.formats)
    if rule.name in DURATIONS:
        return f"a number of {_UNITS[rule.unit]}"
    if rule.name in FLAGS:
        return "true or false"
    if rule.name in INTEGERS:
        return "a whole number of at most 9 digits"
    return "text in UTF-8" + _CODINGS.get(rule.coding, "")
