"""Which scores of gateways a lake takes, and on what grounds."""

import pyarrow as pa
import pytest

from jobs.edge.known_bundles import KnownBundles

SHA, OTHER = "a" * 64, "b" * 64
KNOWN = KnownBundles.of(pa.Table.from_pylist([{"bundle": "p@1.0.0+1", "sha256": SHA}, {"bundle": "p@1.0.0+2"}]))


@pytest.mark.parametrize(
    ("bundle", "sha256", "faults", "by_name"),
    [
        ("p@1.0.0+1", SHA, [], False),
        ("p@1.0.0+1", None, [], True),
        ("p@1.0.0+1", OTHER, ["bundle_content_differs"], None),
        ("p@1.0.0+2", OTHER, [], True),
        ("p@1.0.0+3", SHA, ["bundle_unknown"], None),
        ("p@1.0.0+3", None, ["bundle_unknown"], None),
    ],
    ids=["same content", "older gateway", "another lake's", "older row", "unknown", "unknown, older gateway"],
)
def test_a_name_says_content_within_one_lake_only(
    bundle: str, sha256: str | None, faults: list[str], by_name: bool | None
) -> None:
    score = {"bundle": bundle, "bundle_sha256": sha256, "decision": "none"}

    assert KNOWN.faults(score) == faults
    assert by_name is None or KNOWN.is_matched_by_name(score) is by_name


def test_a_score_from_before_gateways_sent_a_digest_lacks_the_column() -> None:
    score = {"bundle": "p@1.0.0+1", "decision": "watch"}

    assert (KNOWN.faults(score), KNOWN.is_matched_by_name(score)) == ([], True)


def test_every_fault_of_a_score_is_named() -> None:
    assert KNOWN.faults({"bundle": "x", "decision": "panic"}) == ["bundle_unknown", "decision_unknown"]
