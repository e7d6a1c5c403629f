"""ISO 4217: the currencies in circulation and the decimals of their minor unit.

Belongs here: the list, and what a person who wrote something else probably meant.
Does not belong here: exchange rates, rounding.
"""

from __future__ import annotations

_BY_DECIMALS: dict[int, str] = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: (
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW "
        "CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF "
        "IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK "
        "MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP "
        "SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER "
        "ZAR ZMW ZWG BGN ANG"
    ),
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}

MINOR_UNIT_DECIMALS: dict[str, int] = {
    code: decimals for decimals, codes in sorted(_BY_DECIMALS.items()) for code in codes.split()
}
"""Decimals of each currency's minor unit, by code. BGN and ANG, withdrawn in 2026 and 2025, stay for old traffic."""

_OFTEN_MEANT: dict[str, str] = {
    "€": "EUR",
    "EURO": "EUR",
    "$": "USD",
    "US$": "USD",
    "£": "GBP",
    "UKP": "GBP",
    "STG": "GBP",
    "¥": "JPY",
    "RMB": "CNY",
    "SFR": "CHF",
    "ZL": "PLN",
    "RUR": "RUB",
    "GBX": "GBP",
}


def meant_currency(text: str) -> str | None:
    """Return the code somebody who wrote *text* probably meant, None where nothing comes to mind."""
    upper = text.strip().upper()
    if upper in MINOR_UNIT_DECIMALS:
        return upper
    return _OFTEN_MEANT.get(upper)
