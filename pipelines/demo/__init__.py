"""Demo data: a carrier's life in three feeds, and what its summaries must come to.

Belongs here: the invented carrier (customers, carriers, rate cards), its traffic, the faults in its files, and the
exact expected totals, computed in Python and not by SQL.
Does not belong here: reading a file or rating a call for real. This package shares no code with formats/,
reference/ or the models, so that its totals can contradict theirs.
"""

from pipelines.demo.configuration import demo_configuration
from pipelines.demo.generate import generate_demo
from pipelines.demo.plan import DemoPlan, DemoTruth

__all__ = ["DemoPlan", "DemoTruth", "demo_configuration", "generate_demo"]
