"""A switch's wall clock: what it writes for an instant, and what can be read back from that.

Belongs here: local time text of a zone, and the reading of a time that the clock shows twice.
Does not belong here: columns or formats.
"""

from __future__ import annotations

from datetime import UTC
from zoneinfo import ZoneInfo

from pipelines.demo.plan import HOUR, SECOND, moment


class WallClock:
    """The clock of one IANA zone whose offset changes only between whole UTC hours."""

    def __init__(self, zone: str) -> None:
        """Take the zone's name; raises ZoneInfoNotFoundError for an unknown one."""
        self._zone = ZoneInfo(zone)
        self._hours: dict[int, tuple[str, tuple[int, ...]]] = {}

    def _hour(self, hour: int) -> tuple[str, tuple[int, ...]]:
        found = self._hours.get(hour)
        if found is None:
            local = moment(hour * HOUR).replace(tzinfo=UTC).astimezone(self._zone)
            both = {int(local.replace(fold=fold).timestamp()) * SECOND // HOUR for fold in (0, 1)}
            found = self._hours[hour] = (local.strftime("%Y-%m-%d %H:"), tuple(sorted(both)))
        return found

    def text(self, instant: int) -> str:
        """Return local time to the second, ``YYYY-MM-DD HH:MM:SS``, of an instant in ms."""
        hour, rest = divmod(instant, HOUR)
        seconds = rest // SECOND
        return f"{self._hour(hour)[0]}{seconds // 60:02d}:{seconds % 60:02d}"

    def reading(self, instant: int, not_before: int | None) -> int:
        """Return the instant (ms, whole seconds) a reader makes of text(instant).

        Of a local time that occurs twice: the earlier, or the earliest that is not before *not_before*.
        """
        hour, rest = divmod(instant, HOUR)
        readings = self._hour(hour)[1]
        rest -= rest % SECOND
        if len(readings) > 1 and not_before is not None:
            return next(at for at in (one * HOUR + rest for one in readings) if at >= not_before)
        return readings[0] * HOUR + rest
