"""The money macros of the dbt project, run over a table of cases; and the same rules in exact fractions.

Belongs here: one query for many cases, and the second opinion on it, which shares no code with the macros.
Does not belong here: which cases.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from fractions import Fraction
from math import ceil, floor

import duckdb
import polars as pl

from tests.support.dbt_harness import compiled


@dataclass(frozen=True, slots=True)
class Rate:
    """An answered, rated call of so many milliseconds, and what rates it; amounts in micros."""

    talk_ms: int
    rate_micros: int
    setup_fee_micros: int = 0
    minimum_seconds: int = 0
    increment_seconds: int = 1
    grace_seconds: int = 0
    charge_decimals: int = 6
    charge_rounding: str = "half_up"
    talk_rounding: str = "up"


Outcome = tuple[int, int, int]
"""chargeable_seconds, billed_seconds, charge in micros."""

_SQL = """
with cases as (
    select
        *,
        true as is_answered,
        cast(null as {{ type_text() }}) as unrated_reason_code,
        {{ charge_unit('charge_decimals') }} as charge_unit_micros
    from given
),
{{ rating_ctes('cases') }}
select chargeable_seconds, billed_seconds, amount_micros from cases_rated order by case_number
"""


def charges_in_sql(rates: Sequence[Rate]) -> list[Outcome]:
    """Return what the macros make of every case, in order, from one query."""
    names = [field.name for field in fields(Rate)]
    given = pl.DataFrame([astuple(rate) for rate in rates], schema=names, orient="row").with_row_index("case_number")
    given = given.cast({"minimum_seconds": pl.Int32, "increment_seconds": pl.Int32, "grace_seconds": pl.Int32})
    with duckdb.connect() as connection:
        connection.register("given", given.to_arrow())
        return connection.execute(compiled(_SQL)).fetchall()


def conversions_in_sql(cases: Sequence[tuple[int, int, int]]) -> list[int]:
    """Return round_half_up(cost * carrier's rate / customer's rate) of every case, from one query."""
    sql = compiled(
        "select cast({{ round_half_up('cast(cost as ' ~ type_huge_integer() ~ ') * rc', 'cast(rb as ' "
        "~ type_huge_integer() ~ ')') }} as bigint) from given order by case_number"
    )
    given = pl.DataFrame(cases, schema=["cost", "rc", "rb"], orient="row").with_row_index("case_number")
    with duckdb.connect() as connection:
        connection.register("given", given.to_arrow())
        return [value for (value,) in connection.execute(sql).fetchall()]


def charge_in_fractions(rate: Rate) -> Outcome:
    """Return the same by the rule itself."""
    talk = Fraction(rate.talk_ms, 1000)
    chargeable = round_to_integer(talk, rate.talk_rounding)
    if rate.grace_seconds and chargeable <= rate.grace_seconds:
        return chargeable, 0, 0
    beyond = max(0, chargeable - rate.minimum_seconds)
    billed = rate.minimum_seconds + ceil(Fraction(beyond, rate.increment_seconds)) * rate.increment_seconds
    exact = Fraction(rate.setup_fee_micros + Fraction(rate.rate_micros * billed, 60), 10**6)
    units = round_to_integer(exact * 10**rate.charge_decimals, rate.charge_rounding)
    return chargeable, billed, units * 10 ** (6 - rate.charge_decimals)


def round_to_integer(value: Fraction, rounding: str) -> int:
    """Round a fraction that is not negative."""
    if rounding == "up":
        return ceil(value)
    if rounding == "down":
        return floor(value)
    if rounding == "half_up":
        return floor(value + Fraction(1, 2))
    if rounding == "half_even":
        return round(value)
    raise ValueError(rounding)
