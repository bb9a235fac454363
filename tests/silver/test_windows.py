"""The same outcomes by windows in SQL: an independent reading of the rules, on many records of every rule."""

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from domain.conflicts import FIRST, KEEPS, LATEST, NONE, SMALLEST, VERSION
from expectations.mapping.keep import Keep
from silver.outcomes import OUTCOMES, Outcome, resolve
from silver.versions import Version, Versions

RECORDS, FILES = 6_000, 60
_KEY = "factory_id, machine_id, sensor_id, metric, measured_at"
WINDOWS = f"""
WITH ranked AS (
  SELECT place, steps, _batch_id, _file_id, _line, _column, at_us, digest, rule AS own, {_KEY},
    coalesce(sequence, -1) AS number,
    coalesce(revision, -1) AS stated, coalesce(epoch_us(revised_at), at_us) AS revised,
    number >= 0 AND gateway_id IS NOT NULL AS is_numbered,
    CASE WHEN is_numbered THEN 'gateway ' || gateway_id ELSE 'path ' || path END AS source,
    CASE WHEN is_numbered THEN (stated, number, revised, at_us) ELSE (stated, revised, at_us, number) END AS one,
    (stated, revised, at_us, number) AS two
  FROM flagged JOIN versions ON _batch_id = batch AND _file_id = file WHERE len(_faults) = 0
), counted AS (
  SELECT *, dense_rank() OVER (PARTITION BY {_KEY}, source ORDER BY one, digest)
    - dense_rank() OVER (PARTITION BY {_KEY}, source, steps ORDER BY one, digest) AS run FROM ranked
), since AS (
  SELECT *, first_value((two, digest)) OVER (
    PARTITION BY {_KEY}, source, steps, run ORDER BY one, digest
  ) AS begun FROM counted
), ruled AS (
  SELECT *, CASE WHEN min(own) OVER each = max(own) OVER each THEN own ELSE $version END AS rule,
    begun = max(begun) OVER each AS is_latest,
    rank() OVER (PARTITION BY {_KEY} ORDER BY two, digest) = 1 AS is_first,
    rank() OVER (PARTITION BY {_KEY}, source ORDER BY one DESC, digest DESC) = 1 AS is_newest
  FROM since WINDOW each AS (PARTITION BY {_KEY})
), candidates AS (
  SELECT *, CASE rule WHEN $latest THEN is_latest WHEN $first THEN is_first WHEN $version THEN is_newest ELSE true END
    AS is_candidate FROM ruled
), compared AS (
  SELECT *, max(steps) FILTER (is_candidate) OVER each AS best, min(steps) FILTER (is_candidate) OVER each AS worst,
    min(steps) OVER each AS least, bool_or(is_candidate) OVER payload AS in_use,
    row_number() OVER (PARTITION BY {_KEY}, steps ORDER BY _batch_id, _file_id, _line, _column) = 1 AS is_head
  FROM candidates WINDOW each AS (PARTITION BY {_KEY}), payload AS (PARTITION BY {_KEY}, steps)
), won AS (
  SELECT *, CASE WHEN rule IN ($none, $version) AND best <> worst THEN NULL
    WHEN rule = $smallest THEN least ELSE best END AS winner FROM compared
)
SELECT flagged.place, coalesce(winner, 0) AS steps, winner IS NOT NULL AS has_steps, coalesce(revised, 0) AS at_us,
  CASE WHEN won.place IS NULL THEN 'faulty' WHEN won.steps = winner AND is_head THEN 'new'
    WHEN won.steps = winner THEN 'repeats' WHEN NOT in_use AND rule IN ($latest, $version) THEN 'superseded'
    ELSE 'loses' END AS outcome
FROM flagged LEFT JOIN won ON flagged.place = won.place ORDER BY flagged.place
"""


def flagged(seed: int) -> pa.Table:
    """Records of which three have a key in common, some of gateways, one in a hundred faulty."""
    rng = np.random.default_rng(seed)
    key, file = rng.integers(0, RECORDS // 3, RECORDS), rng.integers(0, FILES, RECORDS)
    numbered = rng.random(RECORDS) < 0.2

    def names(prefix: str, of: np.typing.NDArray[np.int64]) -> pa.Array:
        return pa.array([f"{prefix}{number:02d}" for number in of.tolist()]).dictionary_encode()

    return pa.table({
        "place": np.arange(RECORDS), "sensor_id": names("S", key % 50), "metric": names("m", key // 50 % 5),
        "machine_id": names("M", key % 7), "factory_id": names("F", key % 2),
        "measured_at": pa.array(1_772_000_000_000_000 + key // 250).cast(pa.timestamp("us", "UTC")),
        "steps": rng.integers(0, 3, RECORDS) + key % 7, "_batch_id": file % 10, "_file_id": names("file", file),
        "_line": rng.permutation(RECORDS), "_column": names("c", rng.integers(0, 2, RECORDS)),
        "gateway_id": pa.array([f"g{n % 3}" if is_one else None for n, is_one in enumerate(numbered)], pa.string()),
        "revision": pa.array([n % 3 if n % 4 == 0 else None for n in range(RECORDS)], pa.int64()),
        "revised_at": pa.array(
            [10**15 + n % 9 if n % 5 < 2 else None for n in range(RECORDS)], pa.int64()
        ).cast(pa.timestamp("us", "UTC")),
        "sequence": pa.array([n % 50 if is_one else None for n, is_one in enumerate(numbered)], pa.int64()),
        "_faults": [["late"] if is_faulty else [] for is_faulty in rng.random(RECORDS) < 0.01],
    })  # fmt: skip


def versions(rule: str) -> Versions:
    """Files of 23 paths with equal times and equal digests among them; of every rule where none is named."""
    return {
        (number % 10, f"file{number:02d}"): Version(
            f"p{number % 23}", 10**15 + number % 7, f"{number % 5}", Keep(rule or KEEPS[number % 23 % len(KEEPS)])
        )
        for number in range(FILES)
    }


@pytest.mark.parametrize("rule", [*KEEPS, ""], ids=[*KEEPS, "of every file its own"])
def test_windows_give_every_record_the_same_outcome(rule: str) -> None:
    records, files = flagged(len(rule)), versions(rule)

    found = resolve(records, files)

    listed = [(*name, one.path, one.at_us, one.digest, KEEPS.index(one.keep.of("m00"))) for name, one in files.items()]
    names = ("batch", "file", "path", "at_us", "digest", "rule")
    known = pa.table(dict(zip(names, map(list, zip(*listed, strict=True)), strict=True)))
    rules = {"latest": LATEST, "first": FIRST, "none": NONE, "smallest": SMALLEST, "version": VERSION}
    with duckdb.connect() as connection:
        connection.register("flagged", records)
        connection.register("versions", known)
        asked = {name: KEEPS.index(keep) for name, keep in rules.items()}
        expected = connection.sql(WINDOWS, params=asked).to_arrow_table()
    assert [OUTCOMES[code].value for code in found.outcomes.tolist()] == expected["outcome"].to_pylist()
    assert found.steps.tolist() == expected["steps"].to_pylist()
    assert found.has_steps.tolist() == expected["has_steps"].to_pylist()
    assert found.at_us.tolist() == expected["at_us"].to_pylist()
    assert {Outcome.NEW, Outcome.REPEATS, Outcome.LOSES, Outcome.FAULTY} <= set(expected["outcome"].to_pylist())
