"""Plant beside edge: how the scores of one feature row agree."""

from dataclasses import dataclass

from report.formats import count, number, of, plural
from report.queries.model import Scores
from report.sections.plant import Tile


@dataclass(frozen=True, slots=True)
class Agreement:
    """Scores of the plant beside those of the edge; `in_sample` says of which scores `decisions` are."""

    sentence: str
    tiles: tuple[Tile, ...]
    in_sample: str
    decisions: tuple[tuple[str, str, str], ...]


def agreement_of(scores: Scores) -> Agreement:
    """Both sides' scores, compared row by row."""
    tiles = (
        Tile(count(scores.batch), "scores by the plant, in batch"),
        Tile(count(scores.edge), f"scores by gateways; {count(scores.warming_up)} while warming up"),
        Tile(of(scores.equal_digests, scores.pairs), "pairs with the same feature digest"),
        Tile(of(scores.equal_margins, scores.equal_digests), "of these with equal margins", _agrees(scores)),
    )
    return Agreement(
        _sentence(scores), tiles, _in_sample(scores),
        tuple((name, count(batch), count(edge)) for name, batch, edge in scores.decisions),
    )  # fmt: skip


def _in_sample(scores: Scores) -> str:
    """Which scores the requests are counted of."""
    total = scores.batch + scores.edge
    if not scores.in_sample:
        return "No score is of a time whose outcome the training had seen."
    if scores.in_sample == total:
        return (
            "Every score is of a time whose outcome the training may have seen: none is a prediction, none is counted."
        )
    return (
        f"Counted are the {of(total - scores.in_sample, total)} scores of times whose outcome the training had not "
        "seen; the others are no predictions."
    )


def _agrees(scores: Scores) -> str:
    if not scores.equal_digests:
        return ""
    return "good" if scores.equal_digests == scores.equal_margins == scores.equal_paths else "bad"


def _sentence(scores: Scores) -> str:
    if not scores.pairs:
        return "No row has been scored by both the plant and a gateway, so there is nothing to compare."
    if _agrees(scores) == "bad":
        return "Rows with equal digests have different scores at the edge. Do not deploy this bundle."
    return (
        "Where both sides saw the same features, margins and path lengths are equal to the bit. "
        f"Features differ in {plural(scores.differing_digests, 'pair')}, as they do where data "
        f"come after the gateway has scored.{_latency(scores)}"
    )


def _latency(scores: Scores) -> str:
    if not scores.timed:
        return ""
    median, slow = _microseconds(scores.latency_p50_us), _microseconds(scores.latency_p99_us)
    return f" A decision took {median} in the median and {slow} at the 99th percentile, of {count(scores.timed)} timed."


def _microseconds(value: float | None) -> str:
    if value is None:
        return "unknown"
    return f"{number(value, 3)} µs" if value < 1000 else f"{number(value / 1000, 3)} ms"
