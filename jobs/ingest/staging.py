"""The staged batch on disk: parsed once, audited, then published part by part; kept until the ledger is done."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from bronze.staged import COUNTS, REJECTED_PART

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


class Staging:
    """The folder of one batch's staged parts. Spark's `_SUCCESS` file says that it is whole."""

    def __init__(self, lake: Path, batch: int) -> None:
        self.folder = lake / "_staging" / f"batch-{batch}"

    @property
    def is_whole(self) -> bool:
        """Whether parsing had ended."""
        return (self.folder / "_SUCCESS").is_file()

    def write(self, staged: "DataFrame") -> None:
        """Parse and keep."""
        staged.write.mode("overwrite").partitionBy("_part").option("compression", "lz4").parquet(str(self.folder))

    def read(self, spark: "SparkSession") -> "DataFrame":
        """The staged batch."""
        from bronze.staged import spark_ddl

        return spark.read.schema(spark_ddl()).parquet(str(self.folder))

    def parts(self) -> set[str]:
        """Which parts have rows, counts aside."""
        found = {path.name.partition("=")[2] for path in self.folder.glob("_part=*")}
        return found - {COUNTS}

    def remove(self) -> None:
        """Forget the batch."""
        shutil.rmtree(self.folder, ignore_errors=True)
        if self.folder.parent.is_dir() and not any(self.folder.parent.iterdir()):
            self.folder.parent.rmdir()


def counts_by_file(staged: "DataFrame") -> dict[str, dict[str, int]]:
    """For each file id: records and blank as its reader counted them, rows and rejected as they are staged."""
    from pyspark.sql import functions as f

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
