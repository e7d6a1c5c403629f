"""Decimal text as exact integers of a smaller unit, whole columns at once, without floats.

Belongs here: whole numbers, decimal fractions, hours with minutes and seconds.
Does not belong here: what the numbers mean (values.py).
"""

from __future__ import annotations

import polars as pl

_WHOLE = r"^-?[0-9]{1,18}$"
_HMS = r"^(?:[0-9]{1,6}:[0-5][0-9]:[0-5][0-9]|[0-9]{1,6}[0-5][0-9][0-5][0-9])(?:\.[0-9]+)?$"
_DECIMAL = r"^-?[0-9]{1,12}(?:\.[0-9]+)?$"


def whole_numbers(texts: pl.Series, dtype: pl.DataType) -> pl.Series:
    """Return *texts* as integers; null where one is no whole number that *dtype* can hold."""
    return texts.set(~texts.str.contains(_WHOLE), None).cast(dtype, strict=False)


def decimal_to_integer(texts: pl.Series, places: int) -> pl.Series:
    """Return decimals times 10^*places* (at most 6) as Int64, what is finer cut off; null where no decimal is written.

    "12.3456" with 3 places is 12345, "-0.5" is -500. Whole parts have at most 18 - *places* digits.
    """
    if places == 0 or not texts.str.contains(".", literal=True).any():
        whole = texts.set(~texts.str.contains(rf"^-?[0-9]{{1,{18 - places}}}(?:\.[0-9]+)?$"), None)
        if places == 0:
            whole = whole.str.extract(r"^(-?[0-9]+)", 1)
        scaled: pl.Series = whole.cast(pl.Int64) * 10**places
        return scaled
    fits = texts.set(~texts.str.contains(_DECIMAL), None)
    parts = fits.str.extract_groups(r"^(?<sign>-?)(?<whole>[0-9]+)(?:\.(?<fraction>[0-9]+))?$").struct.unnest()
    fraction = pl.col("fraction").fill_null("").str.pad_end(places, "0").str.slice(0, places).cast(pl.Int64)
    size = pl.col("whole").cast(pl.Int64) * 10**places + fraction
    return parts.select(pl.when(pl.col("sign") == "-").then(-size).otherwise(size)).to_series()


def hms_to_ms(texts: pl.Series) -> pl.Series:
    """Return hours, minutes and seconds ("0:02:17", "000217", decimals allowed) as milliseconds; null for others."""
    fits = texts.set(~texts.str.contains(_HMS), None).str.replace_all(":", "", literal=True)
    parts = fits.str.extract_groups(r"^(?<h>[0-9]+)(?<m>[0-9]{2})(?<s>[0-9]{2})(?:\.(?<f>[0-9]+))?$").struct.unnest()
    hours, minutes, seconds = (pl.col(name).cast(pl.Int64) for name in ("h", "m", "s"))
    fraction = pl.col("f").fill_null("").str.pad_end(3, "0").str.slice(0, 3).cast(pl.Int64)
    return parts.select((hours * 3600 + minutes * 60 + seconds) * 1000 + fraction).to_series()
