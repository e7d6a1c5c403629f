"""What `tollbook verify` finds: everything that is not as it must be, over all history.

Belongs here: what a finding says, the order of the checks, which of them need the writer lock.
Does not belong here: the checks themselves (verification_lake.py, verification_figures.py), printing them.

It changes nothing. Parts are hashed without the lock, and what seems wrong is looked at again under it: a run may have
replaced a part meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from assets import verification_figures, verification_lake
from assets.places import Places
from assets.verification_findings import Finding
from assets.writer_lock import writer_lock
from pipelines.settings import Settings


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found, how much was looked at, and what could not be compared now, with the reason."""

    findings: tuple[Finding, ...] = ()
    looked_at: dict[str, int] = field(default_factory=dict)
    not_compared: tuple[str, ...] = ()

    @property
    def is_sound(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


def verify(settings: Settings, tell: Callable[[str], None]) -> Verification:
    """Check the lake against its records, and every figure against the rows it was made of."""
    places = Places.of(settings)
    store = places.lake_store
    look = verification_lake.look_at_lake(store, tell)
    looked_at = {"records": look.record_count}
    findings: list[Finding] = []
    not_compared: list[str] = []
    with writer_lock(places.lock, "tollbook verify", tell):
        findings += verification_lake.findings_of(store, look.suspects)
        findings += verification_lake.orphans_of(store, look.unnamed)
        tell("reference data: every version, what is accepted")
        findings += verification_lake.reference_findings(store)
        if places.warehouse.exists():
            told = frozenset(finding.where for finding in findings)
            figures = verification_figures.verify_figures(places, told, tell)
            findings += figures.findings
            not_compared += figures.not_compared
            looked_at |= figures.looked_at
        else:
            not_compared.append("figures: there is no warehouse; the next run builds it")
    return Verification(tuple(findings), looked_at, tuple(not_compared))
