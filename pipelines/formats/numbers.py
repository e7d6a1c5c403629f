"""Telephone numbers in one way of writing: 1 to 20 digits in international form.

Belongs here: normalisation as docs/domain.md states it.
Does not belong here: prefixes of rate decks, customer keys (exact text).
"""

from __future__ import annotations

import polars as pl

_FILLERS = r"[ ()\-./]"
_NUMBER = r"^[0-9]{1,20}$"


def normalise_numbers(
    texts: pl.Series, *, country_code: str | None, national_prefix: str | None, international_prefix: str | None
) -> pl.Series:
    """Return *texts* as 1 to 20 digits; null where the text is no such number.

    Fillers go, then a leading "+" or the international prefix; what begins with the national prefix gets the country
    code instead. A prefix that is None is not looked for.
    """
    if texts.null_count() == texts.len():
        return texts
    fits = texts.str.contains(_NUMBER)
    if not national_prefix and not international_prefix and fits.all():
        return texts
    if texts.str.contains(_FILLERS).any():
        texts = texts.str.replace_all(_FILLERS, "")
    text = pl.first()
    number = text
    # The last one wrapped around is the first one tried.
    if national_prefix:
        replaced = pl.lit(country_code or "") + text.str.slice(len(national_prefix))
        number = pl.when(text.str.starts_with(national_prefix)).then(replaced).otherwise(number)
    if international_prefix:
        rest = text.str.slice(len(international_prefix))
        number = pl.when(text.str.starts_with(international_prefix)).then(rest).otherwise(number)
    number = pl.when(text.str.starts_with("+")).then(text.str.slice(1)).otherwise(number)
    read = texts.to_frame().select(number).to_series()
    return read.set(~read.str.contains(_NUMBER), None)
