"""The wall clock, as what asks for it is given it: tests hand in another one."""

from collections.abc import Callable
from datetime import UTC, datetime

from expectations.plant.plant_profile import Profile
from lakehouse.errors import UsageError

Now = Callable[[], datetime]


def wall_clock() -> datetime:
    """The time of this machine, aware, in UTC."""
    return datetime.now(UTC)


def checked(wall: datetime, profile: Profile) -> datetime:
    """A wall clock that may be written down.

    Raises:
        UsageError: It is before the plant began: it was never set, and every record would lie in its future.
    """
    if wall < profile.began_at:
        raise UsageError(
            f"the clock of this machine says {wall:%Y-%m-%d %H:%M} UTC, plant {profile.name} began at "
            f"{profile.began_at:%Y-%m-%d %H:%M} UTC; set the clock, then run again"
        )
    return wall
