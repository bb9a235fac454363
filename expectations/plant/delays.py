"""The delays of a plant profile: how much later than it happened an event may reach its feed."""

from expectations.errors import ProfileError, unknown_name
from expectations.plant.plant_profile import EVENT_FEEDS
from expectations.plant.toml_reader import Section
from expectations.plant.values import duration_s


def delays(feeds: Section) -> dict[str, int]:
    """Kind of event -> the delay that `[feeds.<feed>]` declares, seconds; of feeds that declare one.

    Raises:
        ProfileError: A feed that is not one of events, an unknown key or a bad duration.
    """
    for name in feeds.names():
        if name not in EVENT_FEEDS:
            raise ProfileError(f"{feeds.where}: {_refusal(name)}")
    found = {}
    for name, kind in EVENT_FEEDS.items():
        part = feeds.table(name)
        if part.has("delay"):
            found[kind] = duration_s(part, "delay")
        part.finish()
    feeds.finish()
    return found


def _refusal(name: str) -> str:
    if name == "readings":
        legal = f"legal: {', '.join(EVENT_FEEDS)}"
        return f"got readings; {legal}; a reading counts from when it was measured: take the table out"
    return unknown_name("feed of events", name, EVENT_FEEDS)
