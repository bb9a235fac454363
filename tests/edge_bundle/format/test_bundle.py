from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_bundle.compiler.errors import SealError
from edge_bundle.compiler.seal import add_signature, seal
from edge_bundle.format import archive
from edge_bundle.format.bundle import open_bundle
from edge_bundle.format.digest import sha256_hex
from edge_bundle.format.errors import (
    ArchiveError,
    BundleError,
    GoldenError,
    ManifestError,
    MemberError,
    ModelBlobError,
    SignatureError,
)
from edge_bundle.format.golden import check_golden
from edge_bundle.format.hex_float import format_float
from edge_bundle.format.kernel import load_kernel
from edge_bundle.format.manifest_json import dump_manifest
from edge_bundle.format.model_blob import FlatModel
from edge_bundle.format.reference_kernel import ReferenceKernel
from edge_bundle.format.signatures import SIGNED_PREFIX
from tests.support.edge_models import (
    OUTLOOK_BINS,
    SIGNING_KEY,
    TRUSTED,
    kernel_folder,
    small_bundle,
    small_draft,
    small_models,
)

OTHER_KEY = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
OTHER = OTHER_KEY.public_key().public_bytes_raw()


def parts(bundle: bytes) -> dict[str, bytes]:
    return {member.path: bundle[member.start : member.end] for member in archive.members(bundle)}


def signed(members: dict[str, bytes], key: Ed25519PrivateKey = SIGNING_KEY) -> bytes:
    """The members with a signature that holds, whatever else is wrong with them."""
    signature = key.sign(SIGNED_PREFIX + members["manifest.json"])
    return archive.pack({**members, "manifest.sig": key.public_key().public_bytes_raw() + signature})


def is_refused(bundle: bytes) -> bool:
    try:
        open_bundle(bundle, [TRUSTED])
    except BundleError:
        return True
    return False


def test_a_sealed_bundle_opens_from_bytes_and_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.bundle").write_bytes(small_bundle())

    opened = open_bundle(small_bundle(), [TRUSTED])

    assert opened == open_bundle(tmp_path / "a.bundle", [TRUSTED])
    assert (opened.sha256, opened.size) == (sha256_hex(small_bundle()), len(small_bundle()))
    assert opened.model("failure_24h") == small_models()[0]
    assert opened.model("anomaly") == small_models()[1]


def places_tried(size: int) -> list[int]:
    """Each place of a bundle with FULL_SUITE; always those of its first and last member, and each fifth between."""
    step = 1 if "FULL_SUITE" in os.environ else 5
    return sorted({*range(512), *range(512, size, step), *range(size - 512, size)})


def test_every_flipped_byte_is_refused() -> None:
    bundle = small_bundle()

    accepted = [
        place
        for place in places_tried(len(bundle))
        if not is_refused(bundle[:place] + bytes([bundle[place] ^ 0xFF]) + bundle[place + 1 :])
    ]

    assert len(bundle) > 5000
    assert accepted == []


@settings(max_examples=300)
@given(place=st.integers(0, len(small_bundle()) - 1), bit=st.integers(0, 7))
def test_every_flipped_bit_is_refused(place: int, bit: int) -> None:
    bundle = bytearray(small_bundle())
    bundle[place] ^= 1 << bit

    assert is_refused(bytes(bundle))


def test_every_truncation_is_refused() -> None:
    accepted = [size for size in range(0, len(small_bundle()), 7) if not is_refused(small_bundle()[:size])]

    assert accepted == []
    assert is_refused(small_bundle()[:-1])


@pytest.mark.parametrize("extra", [b"\0", b"x", bytes(512), bytes(10240)], ids=["zero", "x", "block", "record"])
def test_trailing_bytes_are_refused(extra: bytes) -> None:
    assert is_refused(small_bundle() + extra)
    assert is_refused(extra + small_bundle())


@settings(max_examples=200)
@given(st.binary(max_size=2048))
def test_arbitrary_bytes_are_refused(data: bytes) -> None:
    assert is_refused(data)
    assert is_refused(small_bundle()[:512] + data)


def test_a_bundle_of_an_unknown_signer_is_refused() -> None:
    draft, members = small_draft()

    with pytest.raises(SignatureError, match="trusted keys are needed"):
        open_bundle(seal(draft, members, OTHER_KEY), [TRUSTED])
    with pytest.raises(SignatureError, match="trusted keys are needed"):
        open_bundle(small_bundle(), [])


def test_two_of_two_signers_are_asked_for_and_one_does_not_suffice() -> None:
    draft, members = small_draft()
    both = seal(draft, members, [SIGNING_KEY, OTHER_KEY])

    assert open_bundle(both, [TRUSTED, OTHER], threshold=2).manifest.signers == (TRUSTED.hex(), OTHER.hex())
    assert open_bundle(both, [OTHER]).manifest.build == draft.build
    with pytest.raises(SignatureError, match="2 of the 2"):
        open_bundle(small_bundle(), [TRUSTED, OTHER], threshold=2)


THIRD_KEY = Ed25519PrivateKey.from_private_bytes(b"t" * 32)


def with_later(*keys: Ed25519PrivateKey) -> bytes:
    """The small bundle with later signatures in this order, whatever that is."""
    members = parts(small_bundle())
    for key in keys:
        members["manifest.sig"] += key.public_key().public_bytes_raw() + key.sign(
            SIGNED_PREFIX + members["manifest.json"]
        )
    return archive.pack(members)


def test_a_later_signature_counts_where_its_key_is_trusted_and_is_passed_over_elsewhere() -> None:
    bundle = add_signature(small_bundle(), OTHER_KEY)

    assert open_bundle(bundle, [TRUSTED, OTHER], threshold=2).signers == (TRUSTED, OTHER)
    assert open_bundle(bundle, [OTHER]).manifest == open_bundle(bundle, [TRUSTED]).manifest
    assert open_bundle(bundle, [TRUSTED]).manifest == open_bundle(small_bundle(), [TRUSTED]).manifest
    assert parts(bundle)["manifest.json"] == parts(small_bundle())["manifest.json"]
    assert add_signature(bundle, OTHER_KEY) == bundle
    assert add_signature(bundle, SIGNING_KEY) == bundle
    with pytest.raises(SignatureError, match="1 of the 1 trusted keys"):
        open_bundle(bundle, [THIRD_KEY.public_key().public_bytes_raw()])


def test_later_signatures_have_one_order_in_which_each_stands_once() -> None:
    one_way = add_signature(add_signature(small_bundle(), OTHER_KEY), THIRD_KEY)
    other_way = add_signature(add_signature(small_bundle(), THIRD_KEY), OTHER_KEY)

    assert one_way == other_way
    orders = {name: with_later(*keys) for name, keys in LATER.items()}
    assert [name for name, bundle in orders.items() if not is_refused(bundle)] == [
        name for name, bundle in orders.items() if bundle == one_way
    ]
    assert one_way in orders.values()


LATER = {
    "other, third": (OTHER_KEY, THIRD_KEY),
    "third, other": (THIRD_KEY, OTHER_KEY),
    "other twice": (OTHER_KEY, OTHER_KEY),
    "the first again": (SIGNING_KEY,),
}


def test_a_later_signature_that_does_not_hold_is_refused() -> None:
    bundle = bytearray(add_signature(small_bundle(), OTHER_KEY))
    place = bytes(bundle).index(OTHER) + 40
    bundle[place] ^= 1

    with pytest.raises(SignatureError, match="does not hold"):
        open_bundle(bytes(bundle), [TRUSTED])


def test_more_signatures_than_are_legal_are_not_added() -> None:
    bundle = small_bundle()
    for number in range(7):
        bundle = add_signature(bundle, Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32))

    with pytest.raises(SealError, match="at most 8"):
        add_signature(bundle, OTHER_KEY)


@pytest.mark.parametrize("threshold", [-1, 0, 3])
def test_a_threshold_that_asks_for_nobody_or_for_more_than_there_are_is_refused(threshold: int) -> None:
    with pytest.raises(SignatureError, match="legal is 1 to the number of different keys"):
        open_bundle(small_bundle(), [TRUSTED, OTHER], threshold=threshold)


def test_a_trusted_key_that_is_named_twice_counts_once() -> None:
    with pytest.raises(SignatureError, match="2 signatures of 1 different trusted keys"):
        open_bundle(small_bundle(), [TRUSTED, TRUSTED], threshold=2)


def test_the_same_key_twice_counts_once() -> None:
    members = parts(small_bundle())
    members["manifest.sig"] *= 2

    with pytest.raises(SignatureError, match="2 of the 2"):
        open_bundle(archive.pack(members), [TRUSTED, OTHER], threshold=2)


def test_a_threshold_below_one_still_asks_for_a_trusted_signature() -> None:
    with pytest.raises(SignatureError):
        open_bundle(small_bundle(), [OTHER], threshold=0)


@pytest.mark.parametrize("signature", [b"", bytes(95), bytes(97), bytes(96 * 9)], ids=["none", "short", "long", "many"])
def test_a_signature_file_of_another_size_is_refused(signature: bytes) -> None:
    members = parts(small_bundle()) | {"manifest.sig": signature}

    with pytest.raises(SignatureError):
        open_bundle(archive.pack(members), [TRUSTED])


def test_nothing_is_parsed_before_its_signature_holds() -> None:
    garbage = archive.pack({"manifest.json": b"{not json", "manifest.sig": bytes(96)})

    with pytest.raises(SignatureError):
        open_bundle(garbage, [TRUSTED])


def test_a_swapped_member_is_refused() -> None:
    members = parts(small_bundle()) | {"models/anomaly.flat": small_models()[0].blob}

    with pytest.raises(MemberError, match=r"models/anomaly.flat"):
        open_bundle(archive.pack(members), [TRUSTED])


@pytest.mark.parametrize("change", ["added", "removed"])
def test_a_member_that_the_manifest_does_not_list_or_that_is_missing_is_refused(change: str) -> None:
    members = parts(small_bundle())
    if change == "added":
        members["zzz"] = b""
    else:
        del members["golden/rows.f32"]

    with pytest.raises(MemberError, match="differ in"):
        open_bundle(archive.pack(members), [TRUSTED])


def test_a_manifest_in_another_spelling_is_refused_though_signed() -> None:
    members = parts(small_bundle())
    members["manifest.json"] = members["manifest.json"].replace(b"{", b"{ ", 1)

    with pytest.raises(ManifestError, match="canonical"):
        open_bundle(signed(members), [TRUSTED])


def test_a_float_in_another_spelling_is_refused_though_signed() -> None:
    members = parts(small_bundle())
    assert b'"0x1.0000000000000p-2"' in members["manifest.json"]
    members["manifest.json"] = members["manifest.json"].replace(b'"0x1.0000000000000p-2"', b'"0x1p-2"')

    with pytest.raises(ManifestError, match=r"float\.hex"):
        open_bundle(signed(members), [TRUSTED])


def test_a_bundle_without_its_leaders_first_is_refused() -> None:
    with pytest.raises(ArchiveError, match="begins with"):
        open_bundle(archive.pack({"a": b"", "b": b""}), [TRUSTED])


def test_a_file_larger_than_any_bundle_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "large").open("wb") as file:
        file.truncate(17 * 1024 * 1024)

    with pytest.raises(ArchiveError, match="larger than"):
        open_bundle(tmp_path / "large", [TRUSTED])


def test_a_model_that_is_not_the_one_its_entry_describes_is_refused() -> None:
    opened = open_bundle(small_bundle(), [TRUSTED])
    entries = tuple(replace(entry, n_trees=99) for entry in opened.manifest.models)
    lying = replace(opened, manifest=replace(opened.manifest, models=entries))

    with pytest.raises(ModelBlobError, match="its entry says"):
        lying.model("anomaly")


def test_unknown_models_and_members_are_named() -> None:
    opened = open_bundle(small_bundle(), [TRUSTED])

    with pytest.raises(MemberError, match="failure_24h"):
        opened.model("other")
    with pytest.raises(MemberError, match=r"golden/rows\.f32"):
        opened.member("other")


def test_members_are_read_only() -> None:
    opened = open_bundle(small_bundle(), [TRUSTED])

    with pytest.raises(TypeError):
        opened.members["x"] = b""  # type: ignore[index]  # that it cannot be done is the point


@pytest.mark.parametrize("scorer", ["library", "python"])
def test_golden_vectors_hold_here(scorer: str) -> None:
    opened = open_bundle(small_bundle(), [TRUSTED])
    models = {entry.name: opened.model(entry.name) for entry in opened.manifest.models}

    result = check_golden(opened, models, load_kernel(kernel_folder()) if scorer == "library" else ReferenceKernel())

    assert (result.rows, result.scores, result.scorer) == (8, 16, scorer)


def test_one_wrong_golden_bit_names_its_row() -> None:
    opened = open_bundle(small_bundle(), [TRUSTED])
    models = {entry.name: opened.model(entry.name) for entry in opened.manifest.models}
    path = opened.manifest.golden.scores["anomaly"]
    wrong = bytearray(opened.member(path))
    wrong[3 * 8] ^= 1
    lying = replace(opened, members={**opened.members, path: bytes(wrong)})

    with pytest.raises(GoldenError, match=r"1 of 8 golden scores differ, first in row 3"):
        check_golden(lying, models, ReferenceKernel())


class Askew(ReferenceKernel):
    """A scorer whose batches are right and whose single rows are not."""

    def margin(self, model: FlatModel, row: Sequence[float]) -> float:
        return super().margin(model, row) - 100.0

    def margins(self, model: FlatModel, rows: bytes) -> bytes:
        return ReferenceKernel().margins(model, rows)


def test_golden_rows_are_scored_one_by_one_too() -> None:
    opened = open_bundle(small_bundle(), [TRUSTED])
    models = {entry.name: opened.model(entry.name) for entry in opened.manifest.models}

    with pytest.raises(GoldenError, match=r"'failure_24h' by python: 8 of 8 golden scores differ"):
        check_golden(opened, models, Askew())


def test_a_signed_manifest_that_contradicts_itself_is_refused() -> None:
    members = parts(small_bundle())
    manifest = open_bundle(small_bundle(), [TRUSTED]).manifest
    members["manifest.json"] = dump_manifest(replace(manifest, build=0))

    with pytest.raises(ManifestError, match="build 0"):
        open_bundle(signed(members), [TRUSTED])


def test_two_models_of_one_kind_are_not_read_though_signed() -> None:
    members = parts(small_bundle())
    manifest = open_bundle(small_bundle(), [TRUSTED]).manifest
    other = replace(manifest.models[0], name="failure_7d")
    golden = replace(manifest.golden, scores={**manifest.golden.scores, "failure_7d": "golden/failure_7d.f32"})
    two = replace(manifest, models=(*manifest.models, other), golden=golden)
    members["manifest.json"] = dump_manifest(two)

    with pytest.raises(ManifestError, match=r"several models of a kind need min_runtime 1\.2\.0"):
        open_bundle(signed(members), [TRUSTED])


def test_a_changed_table_of_the_time_that_is_left_is_refused() -> None:
    expected = format_float(OUTLOOK_BINS[1].expected_h or 0.0).encode()
    assert small_bundle().count(expected) == 1
    place = small_bundle().index(expected) + expected.index(b".") + 1

    for digit in b"0123456789abcdef":
        changed = small_bundle()[:place] + bytes([digit]) + small_bundle()[place + 1 :]
        assert is_refused(changed) == (changed != small_bundle())
