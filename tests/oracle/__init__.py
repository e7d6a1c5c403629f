"""An independent, exact and slow calculation of what Tollbook must publish.

Belongs here: what a test needs to know the right answer: fractions, plain loops, the standard library.
Does not belong here: anything imported from pipelines/, assets/ or dbt_project/; any idea taken from them.
"""

from tests.oracle.compare import KEYS, NOT_COMPARED, compare, compare_channels, compare_tables, with_paths
from tests.oracle.expected import calculate, call_rows, leg_rows
from tests.oracle.landing import oracle_input
from tests.oracle.model import Expected, FeedSettings, OracleInput, RatedCall, RatedLeg, Row, SourceFile

__all__ = [
    "KEYS",
    "NOT_COMPARED",
    "Expected",
    "FeedSettings",
    "OracleInput",
    "RatedCall",
    "RatedLeg",
    "Row",
    "SourceFile",
    "calculate",
    "call_rows",
    "compare",
    "compare_channels",
    "compare_tables",
    "leg_rows",
    "oracle_input",
    "with_paths",
]
