"""The staged batch on disk: parsed once, audited, then published part by part; kept until the ledger is done."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


class Staging:
    """The folder of one batch's staged parts; it bears its name only when parsing has ended.

    Each attempt writes under a name of its own, so that what a killed one may still write is in nobody's way.
    """

    def __init__(self, lake: Path, batch: int) -> None:
        self.folder = _root(lake) / f"batch-{batch}"

    @property
    def is_whole(self) -> bool:
        """Whether parsing had ended."""
        return self.folder.is_dir()

    def write(self, staged: "DataFrame") -> None:
        """Parse and keep."""
        attempt = self.folder.with_name(f"{self.folder.name}-{uuid4().hex}")
        staged.write.partitionBy("_part").option("compression", "lz4").parquet(str(attempt))
        attempt.rename(self.folder)

    def read(self, spark: "SparkSession") -> "DataFrame":
        """The staged batch."""
        from bronze.staged import spark_ddl

        return spark.read.schema(spark_ddl()).parquet(str(self.folder))

    def parts(self) -> set[str]:
        """Which parts have rows, counts aside."""
        from bronze.staged import COUNTS

        found = {path.name.partition("=")[2] for path in self.folder.glob("_part=*")}
        return found - {COUNTS}

    def remove(self) -> None:
        """Forget the batch."""
        shutil.rmtree(self.folder, ignore_errors=True)


def sweep(lake: Path, unfinished: int | None) -> None:
    """Remove what killed runs left, all but the staged parts of the batch that is to be ended."""
    root = _root(lake)
    if not root.is_dir():
        return
    for folder in root.iterdir():
        if folder.name != f"batch-{unfinished}":
            shutil.rmtree(folder, ignore_errors=True)
    if not any(root.iterdir()):
        root.rmdir()


def _root(lake: Path) -> Path:
    return lake / "_staging"


def counts_by_file(staged: "DataFrame") -> dict[str, dict[str, int]]:
    """For each file id: records and blank as its reader counted them, rows and rejected as they are staged."""
    from pyspark.sql import functions as f

    from bronze.staged import COUNTS, REJECTED_PART

    is_rejected, is_counts = f.col("_part") == REJECTED_PART, f.col("_part") == COUNTS
    rows = (
        staged.groupBy("_file_id")
        .agg(
            f.coalesce(f.sum("records"), f.lit(0)).alias("records"),
            f.coalesce(f.sum("blank"), f.lit(0)).alias("blank"),
            f.coalesce(f.sum("record_count"), f.lit(0)).alias("rejected"),
            f.sum((~is_rejected & ~is_counts).cast("bigint")).alias("rows"),
        )
        .collect()
    )
    return {row["_file_id"]: {key: row[key] for key in ("records", "rows", "blank", "rejected")} for row in rows}
