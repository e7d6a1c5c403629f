"""Where the demo's calls go: prefixes, names, a base price and how many digits a number has.

Belongs here: the table of destinations.
Does not belong here: rate cards made of it (world.py).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Destination:
    """One prefix. price: base price per minute in millionths of EUR. weight: how often it is dialled, 0 never."""

    prefix: str
    name: str
    price: int
    weight: int
    digits: int
    region: str
    is_blocked: bool = False


def _table(text: str) -> tuple[Destination, ...]:
    found = []
    for line in text.strip().splitlines():
        prefix, name, price, weight, digits, region, *flags = (field.strip() for field in line.split("|"))
        found.append(Destination(prefix, name, int(price), int(weight), int(digits), region, "blocked" in flags))
    return tuple(found)


DESTINATIONS = _table(
    """
    44   | United Kingdom             |   4200 | 90 | 12 | gb
    4420 | United Kingdom London      |   3800 | 60 | 12 | gb
    447  | United Kingdom Mobile      |  14500 | 80 | 12 | gb
    4470 | United Kingdom Personal    | 310000 |  1 | 12 | gb
    44845| United Kingdom Shared Cost |  61000 |  4 | 12 | gb
    4490 | United Kingdom Premium     | 990000 |  0 | 12 | gb | blocked
    49   | Germany                    |   5100 | 70 | 12 | eu
    4930 | Germany Berlin             |   4800 | 30 | 12 | eu
    4969 | Germany Frankfurt          |   4700 | 30 | 12 | eu
    4915 | Germany Mobile             |  19800 | 45 | 13 | eu
    4916 | Germany Mobile             |  19800 | 20 | 13 | eu
    4917 | Germany Mobile             |  19800 | 35 | 13 | eu
    33   | France                     |   4600 | 35 | 11 | eu
    336  | France Mobile              |  17200 | 25 | 11 | eu
    337  | France Mobile              |  17200 | 10 | 11 | eu
    34   | Spain                      |   6100 | 22 | 11 | eu
    346  | Spain Mobile               |  18700 | 18 | 11 | eu
    39   | Italy                      |   7300 | 20 | 12 | eu
    393  | Italy Mobile               |  21300 | 16 | 12 | eu
    31   | Netherlands                |   5600 | 18 | 11 | eu
    316  | Netherlands Mobile         |  18100 | 14 | 11 | eu
    32   | Belgium                    |   6900 | 12 | 10 | eu
    324  | Belgium Mobile             |  22400 |  8 | 11 | eu
    41   | Switzerland                |   8800 | 14 | 11 | eu
    417  | Switzerland Mobile         |  34900 | 10 | 11 | eu
    43   | Austria                    |   8100 | 10 | 11 | eu
    436  | Austria Mobile             |  24800 |  8 | 12 | eu
    353  | Ireland                    |   7700 |  9 | 11 | gb
    3538 | Ireland Mobile             |  23100 |  8 | 12 | gb
    48   | Poland                     |   9100 | 12 | 11 | eu
    420  | Czech Republic             |   9900 |  6 | 12 | eu
    45   | Denmark                    |   7100 |  6 | 10 | eu
    46   | Sweden                     |   6300 |  7 | 11 | eu
    47   | Norway                     |   6600 |  5 | 10 | eu
    351  | Portugal                   |   8400 |  7 | 12 | eu
    30   | Greece                     |  10200 |  5 | 12 | eu
    90   | Turkey                     |  21000 |  7 | 12 | eu
    905  | Turkey Mobile              |  78000 |  6 | 12 | eu
    1    | United States and Canada   |   3100 | 90 | 11 | us
    1212 | United States New York     |   2700 | 40 | 11 | us
    1213 | United States Los Angeles  |   2700 | 20 | 11 | us
    1312 | United States Chicago      |   2800 | 15 | 11 | us
    1416 | Canada Toronto             |   3300 | 18 | 11 | us
    1604 | Canada Vancouver           |   3300 | 10 | 11 | us
    1876 | Jamaica                    | 121000 |  4 | 11 | us
    1809 | Dominican Republic         |  54000 |  4 | 11 | us
    1900 | United States Premium      | 870000 |  0 | 11 | us | blocked
    1907 | United States Alaska       |  41000 |  2 | 11 | us
    52   | Mexico                     |   9800 | 16 | 12 | us
    55   | Brazil                     |  18900 | 10 | 12 | us
    5511 | Brazil Sao Paulo           |  11700 |  8 | 13 | us
    57   | Colombia                   |  22300 |  5 | 12 | us
    54   | Argentina                  |  19400 |  4 | 12 | us
    91   | India                      |  13600 | 22 | 12 | as
    9198 | India Mobile               |  14900 | 16 | 12 | as
    86   | China                      |  12400 |  9 | 13 | as
    81   | Japan                      |  25700 |  6 | 12 | as
    8190 | Japan Mobile               |  93000 |  3 | 12 | as
    65   | Singapore                  |  10800 |  6 | 10 | as
    61   | Australia                  |  14200 |  8 | 11 | as
    614  | Australia Mobile           |  39500 |  5 | 11 | as
    971  | United Arab Emirates       |  96000 |  7 | 12 | as
    92   | Pakistan                   |  37000 |  6 | 12 | as
    234  | Nigeria                    |  52000 |  5 | 13 | af
    2348 | Nigeria Mobile             |  64000 |  5 | 13 | af
    27   | South Africa               |  33000 |  6 | 11 | af
    254  | Kenya                      |  88000 |  3 | 12 | af
    20   | Egypt                      |  71000 |  3 | 12 | af
    870  | Inmarsat                   |5900000 |  0 | 12 | as
    881  | Satellite                  |4400000 |  0 | 12 | as | blocked
    """
)

BLOCKED_PREFIXES = tuple(one.prefix for one in DESTINATIONS if one.is_blocked)

UNLISTED_PREFIX = "850"
"""A country no card of the demo has a prefix for."""
