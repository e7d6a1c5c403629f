"""Landings made up for tests: hostile, valid in their reference data, the same bytes for the same seed.

Belongs here: generators of tollbook.toml, call detail records and reference files.
Does not belong here: what is expected of them (tests/oracle); anything imported from the product.
"""

from tests.landings.hostile import Landing, hostile_landing, random_landing

__all__ = ["Landing", "hostile_landing", "random_landing"]
