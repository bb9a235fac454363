"""For whom a bundle is, and what of it may be unknown."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edge_bundle.compiler.errors import SealError
from edge_bundle.compiler.seal import DraftMember
from edge_bundle.format import archive, canonical_json
from edge_bundle.format.bundle import open_bundle
from edge_bundle.format.compatibility import ANYBODY, Compatible, Device, check_fit
from edge_bundle.format.errors import BundleError, CompatibilityError, ManifestError
from edge_bundle.format.pipeline import PIPELINE_PATH
from edge_bundle.format.pipeline_bytes import parse
from edge_bundle.format.runtime import RUNTIME
from edge_bundle.gateway.trust.loading import load, this_device
from tests.edge_bundle.gateway.plants import sealed, small_pipeline
from tests.support.edge_models import SIGNING_KEY, TRUSTED, resealed, small_bundle
from tests.support.hostile_bundles import parts, sealed_again

OLD = Path(__file__).with_name("bundles") / "runtime-1.0.0.assay"


def fit(compatible: Compatible = ANYBODY, min_runtime: str = "", **device: Any) -> None:
    check_fit(compatible, min_runtime, "bremen", Device(**{"hardware": ("x86_64", "nano"), **device}))


def test_who_is_named_takes_it() -> None:
    fit()
    fit(Compatible(plants=("bremen",), hardware=("nano",)), RUNTIME, plant="bremen")
    fit(Compatible(plants=("turin", "bremen")), "0.9.12", plant="turin")
    fit(Compatible(hardware=("x86_64",)), "1.0.0", runtime="1.0.0")


@pytest.mark.parametrize(
    ("compatible", "min_runtime", "device", "said"),
    [
        (Compatible(), "", {"plant": "turin"}, "it is for plant bremen, not for turin"),
        (Compatible(plants=("turin", "lyon")), "", {}, "it is for plant turin, lyon, not for bremen"),
        (Compatible(hardware=("aarch64",)), "", {}, "it is for hardware aarch64; this is x86_64, nano"),
        (Compatible(), "1.10.0", {"runtime": "1.9.9"}, "it needs runtime 1.10.0 or newer, this one is 1.9.9"),
        (Compatible(), "2.0.0", {}, f"it needs runtime 2.0.0 or newer, this one is {RUNTIME}"),
    ],
    ids=["other plant", "not its own", "other hardware", "tenth", "next major"],
)
def test_who_is_not_is_told_by_name(
    compatible: Compatible, min_runtime: str, device: dict[str, Any], said: str
) -> None:
    with pytest.raises(CompatibilityError, match=said):
        fit(compatible, min_runtime, **device)


@pytest.mark.parametrize(
    "changes",
    [
        {"compatible": Compatible(plants=("a", "a"))},
        {"compatible": Compatible(plants=("",))},
        {"compatible": Compatible(hardware=("a b",))},
        {"compatible": Compatible(hardware=tuple(f"h{n}" for n in range(65)))},
        {"min_runtime": "1.1"},
        {"min_runtime": "01.1.0"},
    ],
    ids=str,
)
def test_what_no_device_could_understand_is_not_sealed(changes: dict[str, Any]) -> None:
    with pytest.raises(SealError, match="legal"):
        resealed(**changes)


def test_a_gateway_refuses_what_is_not_for_it(tmp_path: Path) -> None:
    path = tmp_path / "small.bundle"
    path.write_bytes(sealed(small_pipeline(), compatible=Compatible(("small",), ("nano",)), min_runtime=RUNTIME))

    load(path, [TRUSTED], device=this_device("small", ["nano"]))
    with pytest.raises(CompatibilityError, match="hardware nano"):
        load(path, [TRUSTED], device=this_device("small"))
    with pytest.raises(CompatibilityError, match="for plant small, not for large"):
        load(path, [TRUSTED], device=this_device("large", ["nano"]))


def test_a_bundle_of_the_runtime_before_still_opens_and_scores() -> None:
    loaded = load(OLD, [TRUSTED])

    assert (loaded.bundle.manifest.min_runtime, loaded.bundle.manifest.compatible) == ("", Compatible())
    assert (loaded.bundle.manifest.build, loaded.golden.scorer) == (3, "library")


# Growth ------------------------------------------------------------------------------------------------------------


def grown(change: dict[str, Any], *, optional: list[str], inside: str = "") -> bytes:
    """The small bundle with keys more, in the manifest or in each item of one of its lists."""
    members = parts(small_bundle())
    manifest = json.loads(members["manifest.json"])
    for place in manifest[inside] if inside else [manifest]:
        place.update(change)
    manifest["optional"] = optional
    return sealed_again({**members, "manifest.json": canonical_json.dumps(manifest)})


def test_an_unknown_part_that_may_be_passed_over_is() -> None:
    bundle = grown({"slots": {"a": [1, None]}}, optional=["slots"])

    opened = open_bundle(bundle, [TRUSTED])

    assert replace(opened.manifest, optional=()) == open_bundle(small_bundle(), [TRUSTED]).manifest


def test_so_is_one_in_the_items_of_a_list() -> None:
    open_bundle(grown({"hold_s": 60}, optional=["thresholds.hold_s"], inside="thresholds"), [TRUSTED])


@pytest.mark.parametrize("optional", [[], ["slot"], ["slots.a"], ["roles.slots"]], ids=str)
def test_an_unknown_part_that_is_needed_is_refused_by_name(optional: list[str]) -> None:
    with pytest.raises(ManifestError, match="manifest: unknown key 'slots'"):
        open_bundle(grown({"slots": 1}, optional=optional), [TRUSTED])


def test_one_in_a_list_is_refused_by_its_place() -> None:
    with pytest.raises(ManifestError, match=r"manifest\.thresholds\[0\]: unknown key 'hold_s'"):
        open_bundle(grown({"hold_s": 60}, optional=["hold_s"], inside="thresholds"), [TRUSTED])


@pytest.mark.parametrize(
    "optional", [["a", "a"], [""], ["x" * 101], [f"k{n}" for n in range(65)], [1], "slots"], ids=repr
)
def test_a_list_of_optional_parts_has_bounds(optional: Any) -> None:
    with pytest.raises(ManifestError, match="optional"):
        open_bundle(grown({}, optional=optional), [TRUSTED])


def with_role(optional: tuple[str, ...]) -> bytes:
    members = {"why/shap.bin": DraftMember("explanation", b"bytes")}
    return sealed(small_pipeline(), others=members, optional=optional)


def test_a_member_of_an_unknown_role_is_passed_over_where_the_bundle_can_do_without_it(tmp_path: Path) -> None:
    path = tmp_path / "a.bundle"
    path.write_bytes(with_role(("roles.explanation",)))

    assert load(path, [TRUSTED]).bundle.member("why/shap.bin") == b"bytes"
    with pytest.raises(SealError, match=r"role 'explanation' of 'why/shap.bin'; runtime"):
        with_role(())
    changed = bytearray(path.read_bytes())
    changed[path.read_bytes().index(b"bytes\0")] ^= 1
    path.write_bytes(changed)
    with pytest.raises(BundleError, match="is not the one that was signed"):
        load(path, [TRUSTED])


def test_the_pipeline_grows_by_the_same_rule() -> None:
    document = small_pipeline().to_document()
    document["features"][0]["hold_s"] = 60

    with pytest.raises(ManifestError, match=r"pipeline\.features\[0\]: unknown key 'hold_s'"):
        parse(document)
    assert parse({**document, "optional": ["features.hold_s"]}).features == small_pipeline().features


def test_the_old_bundle_is_small_and_has_no_new_part() -> None:
    assert OLD.stat().st_size < 200_000
    members = parts(OLD.read_bytes())
    assert set(json.loads(members["manifest.json"])).isdisjoint({"compatible", "min_runtime", "optional"})
    assert PIPELINE_PATH in members
    assert archive.pack(members) == OLD.read_bytes()
    assert SIGNING_KEY.public_key().public_bytes_raw() == TRUSTED
