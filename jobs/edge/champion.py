"""The champion's bundle, found on the lake's shelf."""

from jobs.edge.signing import load_key
from jobs.models import registry
from jobs.runtime.settings import Settings
from lakehouse.bundle_shelf import Shelved, is_there, newest_of, shelf
from lakehouse.plant import Plant


def champions_bundle(plant: Plant, settings: Settings) -> Shelved | None:
    """The newest bundle of the champion by our own key; None where there is no champion, or none was sealed."""
    version = registry.champion(plant)
    if version is None or not is_there(plant.lake):
        return None
    return newest_of(shelf(plant.lake, [load_key(settings.keys).public]), version)
