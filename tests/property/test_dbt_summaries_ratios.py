"""The macros that divide and round, against exact fractions.

Belongs here: ratio() and round_to_minor_unit() as dbt renders them, many values in one query.
Does not belong here: which columns use them (tests/unit/test_dbt_summaries_periods.py).
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.dbt_harness import DbtWarehouse

Rendered = dict[str, str]
EXPRESSIONS = {
    "share": "{{ ratio('numerator', 'denominator') }}",
    "mean_ms": "{{ ratio('numerator', 'denominator', scale=3) }}",
    "mean_seconds": "{{ ratio('seconds', 'denominator', scale=3, numerator_scale=3) }}",
    "rounded": "{{ round_to_minor_unit('amount', 'decimals') }}",
}


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    """Return each expression as SQL."""
    warehouse = DbtWarehouse(tmp_path_factory.mktemp("ratios"))
    separator = " /* next */ "
    (result,) = warehouse.dbt("compile", "--inline", separator.join(EXPRESSIONS.values()))
    return dict(zip(EXPRESSIONS, result.node.compiled_code.split(separator.strip()), strict=True))


def half_away(value: Fraction, scale: int) -> Decimal:
    """Return *value* with *scale* decimals, half away from zero."""
    size = int(abs(value) * 10**scale + Fraction(1, 2))
    return Decimal(size if value >= 0 else -size).scaleb(-scale)


pairs = st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)).map(lambda pair: (min(pair), max(pair)))
halves = st.integers(1, 10**4).map(lambda number: (2 * number - 1, 2_000_000))


@given(st.lists(st.one_of(pairs, halves, st.tuples(st.just(0), st.just(0))), min_size=1, max_size=200))
def test_a_share_is_the_exact_one_rounded_half_up(rendered: Rendered, values: list[tuple[int, int]]) -> None:
    found = select(rendered["share"], "(?::bigint, ?::bigint)", "numerator, denominator", values)

    assert found == [None if below == 0 else half_away(Fraction(above, below), 6) for above, below in values]


@given(
    st.lists(
        st.one_of(
            st.tuples(st.integers(-(10**10), 10**14), st.integers(0, 10**7)),
            st.integers(-(10**4), 10**4).map(lambda number: (2 * number + 1, 2_000)),
        ),
        min_size=1,
        max_size=200,
    )
)
def test_a_mean_is_the_exact_one_rounded_half_away_from_zero(rendered: Rendered, values: list[tuple[int, int]]) -> None:
    found = select(rendered["mean_ms"], "(?::bigint, ?::bigint)", "numerator, denominator", values)

    assert found == [None if below == 0 else half_away(Fraction(above, below), 3) for above, below in values]


@given(st.lists(st.tuples(st.integers(0, 10**13), st.integers(0, 10**7)), min_size=1, max_size=200))
def test_a_mean_of_seconds_keeps_their_thousandths(rendered: Rendered, values: list[tuple[int, int]]) -> None:
    rows = [(Decimal(above).scaleb(-3), below) for above, below in values]
    found = select(rendered["mean_seconds"], "(?::decimal(18, 3), ?::bigint)", "seconds, denominator", rows)

    assert found == [None if below == 0 else half_away(Fraction(above, 1000 * below), 3) for above, below in values]


@given(
    st.lists(
        st.tuples(
            st.one_of(st.integers(-(10**15), 10**15), st.integers(-(10**6), 10**6).map(lambda number: number * 5000)),
            st.sampled_from([0, 2, 3, 4]),
        ),
        min_size=1,
        max_size=200,
    )
)
def test_an_amount_is_rounded_to_the_minor_unit_half_away_from_zero(
    rendered: Rendered, values: list[tuple[int, int]]
) -> None:
    rows = [(Decimal(micros).scaleb(-6), decimals) for micros, decimals in values]
    found = select(rendered["rounded"], "(?::decimal(18, 6), ?::integer)", "amount, decimals", rows)

    assert found == [half_away(Fraction(micros, 10**6), decimals) for micros, decimals in values]


def select(expression: str, row: str, names: str, values: list[tuple[object, ...]]) -> list[Decimal | None]:
    """Return the expression over *values*, in their order."""
    numbered = [(place, *value) for place, value in enumerate(values)]
    rows = ", ".join([row.replace("(", "(?::bigint, ", 1)] * len(values))
    with duckdb.connect() as connection:
        found = connection.execute(
            f"select {expression} from (values {rows}) as given (place, {names}) order by place",
            [value for given_row in numbered for value in given_row],
        ).fetchall()
    return [value for (value,) in found]
