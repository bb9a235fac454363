"""What a plant profile says of feeds of events: how much later one may arrive, and what maintenance records mean."""

from domain.intervention import WorkRules
from expectations.errors import ProfileError, unknown_name
from expectations.plant.maintenance import work_rules
from expectations.plant.plant_profile import EVENT_FEEDS
from expectations.plant.toml_reader import Section
from expectations.plant.values import duration_s


def feed_rules(feeds: Section) -> tuple[dict[str, int], WorkRules]:
    """Kind of event -> the delay in seconds that `[feeds.<feed>]` declares, where it does; and the rules of work.

    Raises:
        ProfileError: A feed that is not one of events, an unknown key or a bad duration.
    """
    for name in feeds.names():
        if name not in EVENT_FEEDS:
            raise ProfileError(f"{feeds.where}: {_refusal(name)}")
    found, work = dict[str, int](), WorkRules()
    for name, kind in EVENT_FEEDS.items():
        part = feeds.table(name)
        if part.has("delay"):
            found[kind] = duration_s(part, "delay")
        if name == "maintenance":
            work = work_rules(part)
        part.finish()
    feeds.finish()
    return found, work


def _refusal(name: str) -> str:
    if name == "readings":
        legal = f"legal: {', '.join(EVENT_FEEDS)}"
        return f"got readings; {legal}; a reading counts from when it was measured: take the table out"
    return unknown_name("feed of events", name, EVENT_FEEDS)
