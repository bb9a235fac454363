"""All facts of a lake that the page, the summary and the terminal's lines are made of, collected once."""

from dataclasses import dataclass
from datetime import datetime

from expectations.plant.plant_profile import Profile
from lakehouse.bundle_shelf import SHELF
from lakehouse.plant import Plant
from lakehouse.storage.key import Key
from lakehouse.storage.protocol import Storage
from report.lake_view import LakeView, open_view
from report.queries.attention import Attention, attention
from report.queries.bundles import BundleFacts, bundle_facts, find_bundle
from report.queries.drift import Drift, drift
from report.queries.equipment import Equipment, equipment
from report.queries.lineage import Lineage, lineage
from report.queries.model import Models, models
from report.queries.money import Money, money
from report.queries.overview import Overview, overview
from report.queries.performance import PerformanceFacts, performance
from report.queries.quality import Quality, quality
from report.queries.safety import Safety, safety
from report.queries.savings import Saving, savings
from report.queries.sensors import Sensors, sensors
from report.queries.story import Story, story
from report.queries.vibration import Vibration, vibration
from report.queries.work import Work, work


@dataclass(frozen=True, slots=True)
class Facts:
    """What the lake holds, section by section."""

    profile: Profile
    overview: Overview
    attention: Attention
    story: Story | None
    quality: Quality
    models: Models
    bundle: BundleFacts | None
    lineage: Lineage
    money: Money | None
    performance: PerformanceFacts | None
    savings: tuple[Saving, ...]
    safety: Safety | None
    drift: Drift | None
    work: Work | None
    sensors: Sensors | None
    equipment: Equipment | None
    vibration: Vibration | None


def collect(
    plant: Plant, bundle: tuple[Storage, Key | None] | None = None, cores: int = 2, as_of: datetime | None = None
) -> Facts:
    """Every fact, read without Spark and without writing.

    Args:
        plant: The plant and its lake; any table may be absent or empty.
        bundle: A folder of bundles; or with a key the one file to show, whatever model it carries. Default: the shelf.
        cores: Threads of the queries.
        as_of: The clock; default: the newest that the lake refers to.
    """
    with open_view(plant, cores) as view:
        return _collect(view, bundle or (plant.lake.storage.below(SHELF), None), as_of)


def _collect(view: LakeView, bundles: tuple[Storage, Key | None], as_of: datetime | None) -> Facts:
    known = models(view)
    place, file = bundles
    version = known.champion.version if known.champion else None
    bundle = find_bundle(place, version) if file is None else bundle_facts(place, file)
    chosen = story(view, known.champion, bundle.identity if bundle else "")
    return Facts(
        profile=view.plant.profile,
        overview=overview(view, as_of),
        attention=attention(view),
        story=chosen,
        quality=quality(view),
        models=known,
        bundle=bundle,
        lineage=lineage(view, chosen, known.shown, bundle),
        money=money(view),
        performance=performance(view),
        savings=savings(view),
        safety=safety(view),
        drift=drift(view),
        work=work(view),
        sensors=sensors(view),
        equipment=equipment(view),
        vibration=vibration(view),
    )
