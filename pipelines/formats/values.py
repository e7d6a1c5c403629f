"""From text fields to the typed values of one canonical column, with what could not be read.

Belongs here: where a column's text comes from, maps, units, integers, flags.
Does not belong here: times (instants.py), what rows mean as a whole (validate.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from pipelines.formats.codings import decode
from pipelines.formats.decimals import decimal_to_integer, hms_to_ms, whole_numbers
from pipelines.formats.encoding import STAND_INS
from pipelines.formats.instants import Readings, read_instants
from pipelines.formats.masks import is_filled, is_null, known
from pipelines.formats.shape import DURATIONS, FLAGS, INSTANTS, INTEGERS, ColumnRule

_PLACES = {"s": 0, "ms": -3, "us": -6}
# 31 years: longer is no call, and sums of instants and durations stay far inside 64 bits.
_LONGEST_MS = 10**12
_DTMF_DIGIT = r"[0-9*#A-Da-d]"


@dataclass(slots=True)
class Value:
    """One canonical column of a batch.

    text: as in the file (joined, decoded, extracted), null where empty. values: typed, null where empty or not
    readable; for instants the earliest reading in microseconds, and latest the other one; for an instant told from
    another one the microseconds between them, and latest None. unparsable, unknown: where the text is none of its type,
    or outside its map; None where that is nowhere.
    """

    text: pl.Series
    values: pl.Series
    latest: pl.Series | None = None
    unparsable: pl.Series | None = None
    unknown: pl.Series | None = None


def read_value(
    rule: ColumnRule,
    sources: Sequence[Sequence[str]],
    fields: pl.DataFrame,
    *,
    zone: str,
    dtmf_digits: bool,
    has_broken_bytes: bool,
) -> Value:
    """Read the column of *rule* from *fields*.

    sources: the rule's alternatives as columns of fields. zone: of instants without offset. dtmf_digits: whether
    dtmf_digit_count is written as the digits themselves.
    """
    text, broken = _text(rule, sources, fields)
    if has_broken_bytes:
        found = known(text.str.contains(STAND_INS))
        broken = found if broken is None else broken | found
    readable = text if broken is None else text.set(broken, None)
    mapped, unknown = _mapped(rule, readable)
    latest = None
    if rule.after:
        values = _micros(mapped, rule.unit)
    elif rule.name in INSTANTS:
        readings: Readings = read_instants(mapped, rule.formats, rule.zone or zone)
        values, latest = readings.earliest, readings.latest
    else:
        values = _typed(rule, mapped, dtmf_digits=dtmf_digits)
    unparsable = None
    if values.null_count() > mapped.null_count():
        unparsable = is_filled(mapped) & is_null(values)
    if broken is not None:
        unparsable = broken if unparsable is None else unparsable | broken
    return Value(text, values, latest, None if unparsable is None else _where(unparsable), unknown)


def _text(
    rule: ColumnRule, sources: Sequence[Sequence[str]], fields: pl.DataFrame
) -> tuple[pl.Series, pl.Series | None]:
    """Return the column's text, and where it cannot be decoded (None: nowhere)."""
    if rule.constant is not None:
        return pl.Series(rule.name, [rule.constant]).new_from_index(0, fields.height), None
    text = _without_nulls(_joined(sources[0], fields, rule.joiner), rule.null_values)
    for names in sources[1:]:
        if text.null_count() == 0:
            break
        text = text.fill_null(_without_nulls(_joined(names, fields, rule.joiner), rule.null_values))
    undecoded = None
    if rule.coding:
        text, undecoded = decode(text, rule.coding)
        text = _without_nulls(text, rule.null_values)
    if rule.extract is not None:
        text = _without_nulls(text.str.extract(rule.extract, 1), rule.null_values)
    return text.alias(rule.name), undecoded


def _joined(names: Sequence[str], fields: pl.DataFrame, joiner: str) -> pl.Series:
    if len(names) == 1:
        return fields[names[0]]
    parts = [pl.col(name).fill_null("") for name in names]
    is_filled = pl.any_horizontal(part != "" for part in parts)
    return fields.select(pl.when(is_filled).then(pl.concat_str(parts, separator=joiner)).alias("text"))["text"]


def _without_nulls(text: pl.Series, null_values: Sequence[str]) -> pl.Series:
    is_empty = text.is_in(["", *null_values]) if null_values else text == ""
    return text.set(is_empty, None) if is_empty.any() else text


def _mapped(rule: ColumnRule, text: pl.Series) -> tuple[pl.Series, pl.Series | None]:
    """Return the canonical text, and where it is outside the map."""
    pairs = rule.value_map or ((("true", "true"), ("false", "false")) if rule.name in FLAGS else ())
    if not pairs:
        return text, None
    texts, canonical = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    mapped = text.replace_strict(texts, canonical, default=None, return_dtype=pl.String)
    if mapped.null_count() == text.null_count():
        return mapped, None
    if rule.others == "keep":
        return mapped.fill_null(text), None
    if rule.others in ("true", "false"):
        return mapped.fill_null(rule.others).set(is_null(text), None), None
    return mapped, _where(is_filled(text) & is_null(mapped)) if rule.others == "reject" else None


def _typed(rule: ColumnRule, text: pl.Series, *, dtmf_digits: bool) -> pl.Series:
    if rule.name in FLAGS:
        return text == "true"
    if rule.name in DURATIONS:
        return _duration(text, rule.unit)
    if rule.name == "dtmf_digit_count" and dtmf_digits:
        return text.str.count_matches(_DTMF_DIGIT).cast(pl.Int32)
    if rule.name in INTEGERS:
        number = whole_numbers(text, pl.Int32())
        return number if rule.name == "leg_number" else number.set(number < 0, None)
    return text


def _duration(text: pl.Series, unit: str | None) -> pl.Series:
    if unit == "hms":
        ms = hms_to_ms(text)
    elif unit is None:
        ms = whole_numbers(text, pl.Int64())
    elif unit == "us":
        # Cut off towards zero, as the fractions of the other units are.
        us = decimal_to_integer(text, 0)
        ms = us.sign() * (us.abs() // 1000)
    else:
        ms = decimal_to_integer(text, 3 + _PLACES[unit])
    return _in_bounds(ms, _LONGEST_MS)


def _micros(text: pl.Series, unit: str | None) -> pl.Series:
    if unit is None or unit == "hms":
        return _duration(text, unit) * 1000
    return _in_bounds(decimal_to_integer(text, 6 + _PLACES[unit]), _LONGEST_MS * 1000)


def _in_bounds(numbers: pl.Series, largest: int) -> pl.Series:
    return numbers.set((numbers > largest) | (numbers < -largest), None)


def _where(mask: pl.Series) -> pl.Series | None:
    return mask if mask.any() else None
