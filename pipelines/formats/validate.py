"""From typed columns to legs and rejected rows: what stands in for absent values, and the first reason that applies.

Belongs here: the rules of docs/domain.md for one row.
Does not belong here: rules between rows (dbt_project/), reading text (values.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import polars as pl

from pipelines.columns import LEG_COLUMNS
from pipelines.formats.advice import advice_on
from pipelines.formats.masks import filled, is_filled, is_null, known
from pipelines.formats.numbers import normalise_numbers
from pipelines.formats.shape import INSTANTS, FormatDeclaration
from pipelines.formats.values import Value

_EPOCH = datetime(1970, 1, 1)
_FUTURE = timedelta(hours=25)
_ORDER = tuple(column.name for column in LEG_COLUMNS)


@dataclass(frozen=True, slots=True)
class RowRules:
    """What of a feed decides how its rows are completed and judged."""

    declaration: FormatDeclaration
    drop_hour: datetime
    repeated_time: str
    country_code: str | None
    national_prefix: str | None
    international_prefix: str | None


class Fault(NamedTuple):
    """One reason, the rows it applies to, and a detail for those rows made from their texts."""

    code: str
    mask: pl.Series
    detail: pl.Expr


@dataclass(slots=True)
class Judged:
    """legs: canonical columns without feed, file and line. is_leg, faults: None and empty when all rows are legs.

    texts: what the details of faults are made of. Every frame and mask has all rows.
    """

    legs: pl.DataFrame
    is_leg: pl.Series | None
    faults: list[Fault]
    texts: pl.DataFrame


def judge(values: Mapping[str, Value], height: int, rules: RowRules) -> Judged:
    """Complete the rows of *values* (any subset of the canonical columns) and find every reason against them."""
    row = _Row(values, height, rules)
    texts = pl.DataFrame({name: value.text for name, value in values.items()})
    faults = list(row.faults())
    if not faults:
        return Judged(row.legs(), None, [], texts)
    is_bad = faults[0].mask
    for fault in faults[1:]:
        is_bad = is_bad | fault.mask
    return Judged(row.legs(), ~is_bad, faults, texts)


class _Row:
    """The columns of a batch while they are completed; instants are microseconds, null where absent."""

    def __init__(self, values: Mapping[str, Value], height: int, rules: RowRules) -> None:
        self._values = values
        self._height = height
        self._rules = rules
        self._empty: dict[pl.DataType, pl.Series] = {}
        self._after = {rule.name: rule.after for rule in rules.declaration.columns if rule.after}
        self.setup, self.ringing, self.answered, given_end = self._instants()
        self.answered_text = is_filled(self._text("answered_at"))
        self.is_answered = self._given("is_answered", pl.Boolean())
        if "answered_at" in self._after:
            # How long something rang is no signal that it was answered.
            self.is_answered = known(self.is_answered)
            self.answered_text &= self.is_answered
            self.answered = self.answered.set(~self.is_answered, None)
        else:
            self.is_answered = filled(self.is_answered, self.answered_text)
        self.given_ms = self._given("answered_ms", pl.Int64())
        pdd_ms = self._given("pdd_ms", pl.Int64())
        self.pdd_ms = filled(pdd_ms, (self.ringing - self.setup) // 1000)
        self.ringing = filled(self.ringing, self.setup + pdd_ms * 1000)
        self.ended = given_end
        if given_end.null_count():
            begin = filled(filled(self.answered, self.ringing), self.setup)
            self.ended = filled(given_end, begin + self.given_ms.fill_null(0) * 1000)
        self.answered_ms = self.given_ms
        if self.given_ms.null_count():
            spent = ((self.ended - self.answered) // 1000).set(~self.is_answered, 0)
            self.answered_ms = filled(self.given_ms, spent)

    def _given(self, name: str, dtype: pl.DataType) -> pl.Series:
        value = self._values.get(name)
        return self._nothing(dtype) if value is None else value.values

    def _text(self, name: str) -> pl.Series:
        value = self._values.get(name)
        return self._nothing(pl.String()) if value is None else value.text

    def _nothing(self, dtype: pl.DataType) -> pl.Series:
        if dtype not in self._empty:
            self._empty[dtype] = pl.Series([None], dtype=dtype).new_from_index(0, self._height)
        return self._empty[dtype]

    def _instants(self) -> tuple[pl.Series, pl.Series, pl.Series, pl.Series]:
        """Return setup, ringing, answer and end, each repeated time read so that the order holds."""
        chosen: dict[str, pl.Series] = {}
        preceding: pl.Series | None = None
        for name in INSTANTS:
            value = self._values.get(name)
            if value is None:
                chosen[name] = self._nothing(pl.Int64())
                continue
            instant = value.values
            if value.latest is None:
                after = self._after[name]
                chosen[name] = filled(chosen[after], chosen["setup_at"]) + instant
                preceding = chosen[name] if preceding is None else filled(chosen[name], preceding)
                continue
            if preceding is None:
                instant = value.latest if self._rules.repeated_time == "later" else instant
            elif value.latest is not instant:
                too_early = known(instant < preceding)
                if too_early.any():
                    instant = instant.zip_with(~too_early, value.latest)
            preceding = instant if preceding is None else filled(instant, preceding)
            chosen[name] = instant
        return chosen["setup_at"], chosen["ringing_at"], chosen["answered_at"], chosen["ended_at"]

    def faults(self) -> Iterator[Fault]:
        """Yield the reasons in the order they count, each with its rows; those without a row are left out."""
        yield from self._missing()
        values = self._values
        for name in _ORDER:
            if name in values and (unparsable := values[name].unparsable) is not None:
                yield self._value_fault("unparsable", name, unparsable)
        for name in _ORDER:
            if name in values and (unknown := values[name].unknown) is not None:
                yield self._value_fault("unknown_value", name, unknown)
        negative = known(self.given_ms < 0) | known(self.pdd_ms < 0)
        for name in self._after:
            if name in values:
                negative |= known(values[name].values < 0)
        if negative.any():
            told = dict.fromkeys(("answered_ms", "pdd_ms", "setup_at", "ringing_at", *self._after))
            yield Fault("negative_duration", negative, self._shown(*told) + "; no duration is below 0")
        yield from self._disorder()

    def _missing(self) -> Iterator[Fault]:
        lacks_talk = (
            self.is_answered
            & is_null(self._text("answered_ms"))
            & (is_null(self._text("ended_at")) | ~self.answered_text)
        )
        masks = {
            "call_id": is_null(self._text("call_id")),
            "setup_at": is_null(self._text("setup_at")),
            "answered_ms": lacks_talk,
            "b_number": is_null(self._text("b_number")),
        }
        for name, mask in masks.items():
            if not mask.any():
                continue
            detail = pl.lit(f"{name} is empty; {advice_on(name, self._rules.declaration, missing=True)}")
            yield Fault(f"missing_{name}", mask, detail)

    def _value_fault(self, kind: str, name: str, mask: pl.Series) -> Fault:
        advice = advice_on(name, self._rules.declaration, unknown=kind == "unknown_value")
        return Fault(f"{kind}_{name}", mask, self._shown(name) + f"; {advice}")

    def _disorder(self) -> Iterator[Fault]:
        latest = self._rules.drop_hour + _FUTURE
        for code, mask, names, right in (
            ("answered_before_setup", self.answered < self.setup, ("answered_at", "setup_at"), "answer follows setup"),
            ("ended_before_setup", self.ended < self.setup, ("ended_at", "setup_at"), "the end follows the setup"),
            ("answered_after_end", self.answered > self.ended, ("answered_at", "ended_at"), "the end follows answer"),
            (
                "setup_in_future",
                self.setup > (latest - _EPOCH) // timedelta(microseconds=1),
                ("setup_at",),
                f"a setup is at most 24 h after its drop hour's end: {latest.isoformat(sep=' ')} UTC",
            ),
        ):
            if mask.any():
                yield Fault(code, known(mask), self._shown(*names) + f"; {right}")

    def _shown(self, *names: str) -> pl.Expr:
        """Return "name is 'text'" of those columns that are filled in; runs over texts()."""
        parts = [
            pl.when(pl.col(name).is_not_null()).then(pl.format(f"{name} is '{{}}'", pl.col(name).str.slice(0, 200)))
            for name in names
            if name in self._values
        ]
        return pl.concat_str(parts, separator=", ", ignore_nulls=True)

    def legs(self) -> pl.DataFrame:
        """Return the canonical columns in the order of the lake, of all rows, good and bad."""
        leg_number = self._given("leg_number", pl.Int32())
        if leg_number.null_count():
            leg_number = leg_number.fill_null(1)
        call_id = self._text("call_id")
        columns = {
            "call_id": call_id,
            "leg_id": self._leg_id(call_id, leg_number),
            "leg_number": leg_number,
            "setup_at": self.setup,
            "ringing_at": self.ringing,
            "answered_at": self.answered,
            "ended_at": self.ended,
            "is_answered": self.is_answered,
            "answered_ms": self.answered_ms,
            "pdd_ms": self.pdd_ms,
            "a_number": self._number("a_number"),
            "a_number_raw": self._text("a_number"),
            "b_number": self._number("b_number"),
            "b_number_raw": self._text("b_number"),
            "sip_status_code": self._given("sip_status_code", pl.Int32()),
            "q850_cause_code": self._given("q850_cause_code", pl.Int32()),
            "dtmf_digit_count": self._given("dtmf_digit_count", pl.Int32()),
        }
        for name in ("account_code", "tech_prefix", "trunk", "source_ip", "carrier_key", "release_reason"):
            columns[name] = self._given(name, pl.String())
        return pl.DataFrame(columns)

    def _leg_id(self, call_id: pl.Series, leg_number: pl.Series) -> pl.Series:
        leg_id = self._given("leg_id", pl.String())
        if leg_id.null_count() == 0:
            return leg_id
        made = pl.DataFrame({"c": call_id, "n": leg_number}).select(pl.format("{}/{}", "c", "n").alias("leg_id"))
        return filled(leg_id, made["leg_id"])

    def _number(self, name: str) -> pl.Series:
        rules = self._rules
        return normalise_numbers(
            self._given(name, pl.String()),
            country_code=rules.country_code,
            national_prefix=rules.national_prefix,
            international_prefix=rules.international_prefix,
        )
