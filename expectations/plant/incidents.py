"""Known incidents of a plant: times of a machine that an anomaly model should have found unusual."""

from dataclasses import dataclass
from datetime import datetime

from expectations.errors import ProfileError
from expectations.plant.toml_reader import Section
from expectations.plant.values import instant


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident.

    Attributes:
        machine_id: The machine's name in its factory.
        factory_id: Its factory.
        from_at: First moment, UTC.
        until_at: Last moment, UTC.
        meaning: What happened, for people.
    """

    machine_id: str
    factory_id: str
    from_at: datetime
    until_at: datetime
    meaning: str


def incidents(sections: tuple[Section, ...]) -> tuple[Incident, ...]:
    """The tables `[[incidents]]`, in the order of the file.

    Raises:
        ProfileError: A missing or unknown key, no time, or an end before its begin.
    """
    return tuple(map(_incident, sections))


def _incident(section: Section) -> Incident:
    found = Incident(
        machine_id=section.take("machine", str),
        factory_id=section.take("factory", str),
        from_at=instant(section, "from"),
        until_at=instant(section, "to"),
        meaning=section.take("meaning", str),
    )
    if found.until_at < found.from_at:
        raise ProfileError(
            f"{section.where}: to = {found.until_at.isoformat()} is before from = {found.from_at.isoformat()}; legal: "
            "an end no earlier than its begin"
        )
    section.finish()
    return found
