"""Silver's columns against the rules of `domain.conflicts`, which the device applies record by record."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.conflicts import KEEPS, NO_REVISION, VERSION, Candidate, candidates, common_rule, machine_rank, winner
from expectations.mapping import keep as mapping_keep
from expectations.mapping.keep import Keep
from silver.changes import changes
from silver.outcomes import ASIDE, OUTCOMES, Outcome, Resolved, differing, resolve
from silver.versions import Landing, Version, Versions

AT, EPOCH = datetime(2026, 3, 1, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC)
FEW = st.integers(-1, 1)
SCHEMA = pa.schema(
    [
        ("sensor_id", pa.string()), ("metric", pa.string()), ("measured_at", pa.timestamp("us", "UTC")),
        ("steps", pa.int64()), ("machine_id", pa.string()), ("factory_id", pa.string()), ("_batch_id", pa.int64()),
        ("_file_id", pa.string()), ("_line", pa.int64()), ("_column", pa.string()), ("_faults", pa.list_(pa.string())),
        ("gateway_id", pa.string()), ("sequence", pa.int64()), ("revision", pa.int64()),
        ("revised_at", pa.timestamp("us", "UTC")),
    ]
)  # fmt: skip


def candidate(  # noqa: PLR0917 - a record's whole rank
    steps: int, path: str, at_us: int, sequence: int, digest: str, revision: int, revised_us: int | None
) -> Candidate:
    """A record; one with a number is of a gateway."""
    source = path if sequence < 0 else "gateway"
    return Candidate(steps, source, at_us, sequence, digest, sequence >= 0, revision, revised_us)


CANDIDATES = st.builds(
    candidate, FEW, st.sampled_from(["a", "b"]), st.integers(1, 2), st.integers(-1, 1), st.sampled_from(["1", "2"]),
    st.sampled_from([NO_REVISION, NO_REVISION, -1, 2]), st.sampled_from([None, None, 0, 1, 3]),
)  # fmt: skip


def table(records: Sequence[Candidate], batches: Sequence[int] | None = None) -> tuple[pa.Table, Versions]:
    """Records of one key, each in a file of its own, and their files."""
    versions, rows = dict[tuple[int, str], Version](), []
    for line, one in enumerate(records):
        batch, file = batches[line] if batches else 1, f"f{line}"
        versions[batch, file] = Version(one.source, one.at_us, one.digest)
        rows.append(
            {
                "sensor_id": "S", "metric": "temperature", "measured_at": AT, "_faults": [],
                "steps": one.resolution_steps,
                "machine_id": "M1", "factory_id": "F1", "_batch_id": batch, "_file_id": file,
                "_line": line, "_column": None, "gateway_id": one.source if one.is_numbered else None,
                "sequence": one.sequence if one.is_numbered else None,
                "revision": None if one.revision == NO_REVISION else one.revision,
                "revised_at": None if one.revised_us is None else EPOCH + timedelta(microseconds=one.revised_us),
            }
        )  # fmt: skip
    return pa.Table.from_pylist(rows, SCHEMA), versions


def by(keep: str, versions: Versions) -> Versions:
    return {name: Version(one.path, one.at_us, one.digest, Keep(keep)) for name, one in versions.items()}


def one_by_one(records: Sequence[Candidate], keep: str) -> list[str]:
    """The outcome of each record by `winner` and `candidates` alone."""
    won, used = winner(records, keep), {one.resolution_steps for one in candidates(records, keep)}
    outcomes, is_stored = list[str](), False
    for one in records:
        if one.resolution_steps == won:
            outcomes.append("repeats" if is_stored else "new")
            is_stored = True
        elif one.resolution_steps not in used and keep in ("latest", "version"):
            outcomes.append("superseded")
        else:
            outcomes.append("loses")
    return outcomes


@given(st.lists(CANDIDATES, min_size=1, max_size=6), st.sampled_from(KEEPS))
def test_the_columns_of_a_batch_have_the_outcomes_of_the_rules(records: list[Candidate], keep: str) -> None:
    rows, versions = table(records)

    resolved = resolve(rows, by(keep, versions))

    won = winner(records, keep)
    assert [OUTCOMES[place].value for place in resolved.outcomes] == one_by_one(records, keep)
    assert set(zip(resolved.has_steps.tolist(), resolved.steps.tolist(), strict=True)) == {(won is not None, won or 0)}


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(FEW, st.dictionaries(st.sampled_from("abc"), st.integers(1, 3), min_size=1)), min_size=1, max_size=5
    )
)
def test_a_content_at_several_paths_is_a_version_of_each(contents: list[tuple[int, dict[str, int]]]) -> None:
    by_content = [
        [Candidate(steps, path, at, digest=str(steps)) for path, at in places.items()] for steps, places in contents
    ]
    rows, versions = table([some[0] for some in by_content])
    files = {
        name: replace(one, landings=tuple(Landing(copy.source, copy.at_us, copy.digest) for copy in some))
        for (name, one), some in zip(versions.items(), by_content, strict=True)
    }
    newest = {path: max((at.get(path, 0), str(steps)) for steps, at in contents) for path in "abc"}

    resolved = resolve(rows, files)

    used = {steps for steps, places in contents if _is_in_use(str(steps), places, newest)}
    won = next(iter(used)) if len(used) == 1 else None
    assert set(zip(resolved.has_steps.tolist(), resolved.steps.tolist(), strict=True)) == {(won is not None, won or 0)}
    outcomes = [OUTCOMES[place].value for place in resolved.outcomes]
    assert [one == "superseded" for one in outcomes] == [steps not in used for steps, _ in contents]


def _is_in_use(digest: str, places: dict[str, int], newest: dict[str, tuple[int, str]]) -> bool:
    """Whether at some time of the content all paths that had it then have nothing later."""
    return any(
        all(newest[path] == (at, digest) for path, other in places.items() if other == at)
        for at in set(places.values())
    )


@given(st.lists(st.integers(-2, 2), min_size=1, max_size=8))
def test_largest_and_smallest_are_those_of_all_records(values: list[int]) -> None:
    records = [Candidate(steps) for steps in values]

    for keep, best in (("largest", max(values)), ("smallest", min(values))):
        rows, versions = table(records)
        resolved = resolve(rows, by(keep, versions))
        stored = [
            one.resolution_steps
            for one, place in zip(records, resolved.outcomes, strict=True)
            if OUTCOMES[place] == "new"
        ]
        assert (winner(records, keep), stored) == (best, [best])


@settings(max_examples=200)
@given(st.lists(CANDIDATES, min_size=1, max_size=5), st.sampled_from(KEEPS), st.data())
def test_in_any_order_and_any_batches_silver_ends_the_same(
    records: list[Candidate], keep: str, data: st.DataObject
) -> None:
    """As the job does it: what says the same as silver repeats it, the rest is resolved with all that came before."""
    order = data.draw(st.permutations(range(len(records))))
    batches = sorted(data.draw(st.lists(st.integers(1, 4), min_size=len(records), max_size=len(records))))
    batch_of = dict(zip(order, batches, strict=True))
    rows, versions = table(records, [batch_of[place] for place in range(len(records))])
    versions = by(keep, versions)

    whole = resolve(rows, versions)
    stored, aside = in_batches(rows, versions)

    assert stored == _stored(rows, whole)
    assert aside == _aside(rows, whole)


def in_batches(rows: pa.Table, versions: Versions) -> tuple[set[int], dict[int, tuple[str, int | None]]]:
    """Readings and quarantine after each batch was resolved with what silver has, or with earlier records too."""
    stored, aside = set[int](), dict[int, tuple[str, int | None]]()
    batch = rows.column("_batch_id").to_numpy()
    for number in sorted(set(batch.tolist())):
        ours = rows.filter(pa.array(batch == number))
        held = table([Candidate(steps) for steps in stored])[0]
        has_stored, differs = differing(ours, held)
        if not differs.any() and not aside:
            resolved = resolve(ours, versions).beside(has_stored)
            stored |= _stored(ours, resolved)
            aside |= _aside(ours, resolved)
            continue
        known = rows.filter(pa.array(batch <= number))
        found = changes(known, known.column("_batch_id").to_numpy() < number, versions, versions)
        stored -= set(_steps(known.filter(pa.array(found.gone))))
        if found.replaces.any():
            stored.clear()
        stored |= set(_steps(known.filter(pa.array(found.accepted))))
        for line in known.filter(pa.array(found.back)).column("_line").to_pylist():
            del aside[line]
        rewritten = _aside(known, found.now)
        written = known.filter(pa.array(found.aside)).column("_line").to_pylist()
        was_there = known.filter(pa.array(found.was_aside)).column("_line").to_pylist()
        assert set(was_there) == set(written) & aside.keys()
        aside |= {line: rewritten[line] for line in written}
    return stored, aside


def _stored(rows: pa.Table, resolved: Resolved) -> set[int]:
    return set(_steps(rows.filter(pa.array(resolved.is_one_of(Outcome.NEW)))))


def _steps(rows: pa.Table) -> list[int]:
    found: list[int] = rows.column("steps").to_pylist()
    return found


def _aside(rows: pa.Table, resolved: Resolved) -> dict[int, tuple[str, int | None]]:
    lines, out = rows.column("_line").to_pylist(), resolved.is_one_of(*ASIDE)
    return {
        lines[place]: (
            OUTCOMES[resolved.outcomes[place]].value, int(resolved.steps[place]) if resolved.has_steps[place] else None
        )
        for place in np.flatnonzero(out).tolist()
    }  # fmt: skip


def test_mappings_name_the_rules_that_there_are() -> None:
    assert (mapping_keep.KEEPS, mapping_keep.VERSION) == (KEEPS, VERSION)


def test_a_content_that_comes_again_is_the_latest_again() -> None:
    """A, B, A by one path: the ledger's time of A is that of its last arrival."""
    first, other = Candidate(10, "d.csv", 1, digest="a"), Candidate(20, "d.csv", 2, digest="b")

    assert [winner(order, "version") for order in permutations([first, other])] == [other.resolution_steps] * 2
    assert winner([first._replace(at_us=3), other], "version") == first.resolution_steps


def test_of_one_gateway_the_later_number_is_stored_whatever_the_files_say() -> None:
    early = Candidate(10, "gw", 9, 1, is_numbered=True)
    late = Candidate(20, "gw", 1, 2, is_numbered=True)

    assert winner([early, late], "version") == late.resolution_steps
    assert winner([early, late], "latest") == early.resolution_steps


def test_two_sources_that_differ_leave_nothing() -> None:
    one, other = Candidate(10, "a", 1), Candidate(20, "b", 2)

    assert winner([one, other], "version") is None
    assert winner([one, other], "latest") == other.resolution_steps
    assert winner([one, other], "first") == one.resolution_steps
    assert winner([one, one], "none") == one.resolution_steps


def test_what_a_source_says_again_counts_as_latest_from_when_it_first_said_it() -> None:
    log, fix, later = Candidate(10, "log", 1), Candidate(99, "fix", 2), Candidate(10, "log", 3)

    assert winner([log, fix, later], "latest") == fix.resolution_steps
    assert winner([log, fix, later, Candidate(11, "log", 2)], "latest") == later.resolution_steps  # 10, 11 and 10 again


def test_records_under_several_rules_come_under_the_default() -> None:
    assert common_rule(["latest", "latest"]) == "latest"
    assert common_rule(["latest", "largest"]) == "version"
    rows, versions = table([Candidate(10, "a", 1), Candidate(20, "b", 2)])
    mixed = {
        name: Version(one.path, one.at_us, one.digest, Keep(keep))
        for (name, one), keep in zip(versions.items(), ("latest", "largest"), strict=True)
    }
    assert [OUTCOMES[place].value for place in resolve(rows, mixed).outcomes] == ["loses", "loses"]


def test_a_metric_may_have_a_rule_of_its_own() -> None:
    rows, versions = table([Candidate(10, "a", 1), Candidate(20, "b", 2)])
    rules = Keep("none", {"temperature": "smallest"})
    named = {name: Version(one.path, one.at_us, one.digest, rules) for name, one in versions.items()}

    assert [OUTCOMES[place].value for place in resolve(rows, named).outcomes] == ["new", "loses"]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])) | st.none(), min_size=2, max_size=5))
def test_texts_of_machines_rank_by_their_bytes_and_absent_ones_first(texts: list[str | None]) -> None:
    by_bytes = sorted(texts, key=lambda text: (text is not None, (text or "").encode()))

    assert sorted(texts, key=lambda text: machine_rank("F", text, None)) == by_bytes


@pytest.mark.parametrize(
    ("less", "greater"),
    [
        (("F1", "Z", "{}"), ("F2", None, None)),
        (("F1", "A", "{}"), ("F1", "B", None)),
        (("F1", "A", None), ("F1", "A", "{}")),
    ],
)
def test_origin_model_and_attributes_rank_in_this_order(
    less: tuple[str, str | None, str | None], greater: tuple[str, str | None, str | None]
) -> None:
    assert machine_rank(*less) < machine_rank(*greater)
