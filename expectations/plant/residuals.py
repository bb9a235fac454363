"""What load explains of a plant's metrics: the rest of their values says how a machine is."""

import re
from dataclasses import dataclass

from expectations.errors import ProfileError
from expectations.plant.toml_reader import Section

MOST_PREDICTORS = 16
"""Predictors that explain one metric: `edge_bundle.format.bounds.MAX_PREDICTORS`."""

_PREDICTOR = re.compile(r"(?P<metric>[^^]+)(?P<square>\^2)?\Z")


@dataclass(frozen=True, slots=True)
class Predictor:
    """A metric, or its square, that explains another.

    Attributes:
        metric: Its name.
        power: 1 or 2.
    """

    metric: str
    power: int = 1


@dataclass(frozen=True, slots=True)
class Explained:
    """A metric, and what explains it."""

    metric: str
    by: tuple[Predictor, ...]


def residual_rules(sections: dict[str, Section]) -> tuple[Explained, ...]:
    """The table ``[residuals]``, one entry for each metric that is explained; empty where it is absent.

    Raises:
        ProfileError: An unknown key; no predictor or too many, or one that is none, is there twice or explains itself.
    """
    return tuple(_explained(name, section) for name, section in sections.items())


def _explained(metric: str, section: Section) -> Explained:
    texts = section.texts("explained_by")
    section.finish()
    predictors = tuple(_predictor(text, section.where) for text in texts)
    if not 1 <= len(predictors) <= MOST_PREDICTORS or len(set(predictors)) < len(predictors):
        raise ProfileError(
            f"{section.where}: explained_by = {list(texts)}; legal: 1 to {MOST_PREDICTORS} different metrics or their "
            "squares"
        )
    if any(predictor.metric == metric for predictor in predictors):
        raise ProfileError(f"{section.where}: {metric} cannot explain itself; legal: other metrics of the plant")
    return Explained(metric, predictors)


def _predictor(text: str, where: str) -> Predictor:
    found = _PREDICTOR.match(text)
    if found is None:
        raise ProfileError(f'{where}: {text!r} explains nothing; legal: a metric, as "current", or "current^2"')
    return Predictor(found["metric"], 2 if found["square"] else 1)
