"""Put the jars of the lock into `<environment>/jars`: fetched once through Spark's own resolver, checked by digest."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from lakehouse.engine.jars import Jar, pinned_jars


def main() -> None:
    """Fetch what is missing; end with one sentence where that fails."""
    folder = Path(sys.prefix) / "jars"
    log = Path(sys.prefix) / ".setup" / "jars.log"
    missing = [jar for jar in pinned_jars() if jar.fault(folder / jar.file_name)]
    if not missing:
        return
    folder.mkdir(exist_ok=True)
    log.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="ivy-") as scratch:
        _resolve_apart(missing, Path(scratch), log)
        for jar in missing:
            _keep(jar, Path(scratch) / "jars" / jar.file_name, folder)
    sys.stdout.write(f"{len(missing)} jars in {os.path.relpath(folder)}, digests as pinned\n")


def resolve(ivy: str, coordinates: Sequence[str]) -> None:
    """Let Spark fetch jars into `ivy`/jars. The user's own Spark and Ivy settings (a mirror, say) stay in force."""
    import pyspark  # noqa: PLC0415  # heavy, and only in the process of its own
    from pyspark.sql import SparkSession  # noqa: PLC0415  # the same

    os.environ["SPARK_HOME"] = str(
        Path(pyspark.__file__).parent
    )  # this environment's Spark, whatever else is installed
    builder = SparkSession.builder.master("local[1]").config("spark.jars.ivy", ivy)
    for key in ("spark.driver.host", "spark.driver.bindAddress"):
        builder = builder.config(key, "127.0.0.1")
    spark = builder.config("spark.ui.enabled", "false").getOrCreate()
    for each in coordinates:
        spark.sql(f"ADD JAR 'ivy://{each}?transitive=false'")
    spark.stop()


def _resolve_apart(jars: Sequence[Jar], ivy: Path, log: Path) -> None:
    """Resolve in a process of its own, so that all that the JVM says goes to the log."""
    coordinates = [f"{jar.group}:{jar.artifact}:{jar.version}" for jar in jars]
    plain = {name: value for name, value in os.environ.items() if name != "SPARK_REMOTE"}
    plain["PYTHONPATH"] = str(Path(__file__).parents[1])
    with log.open("w", encoding="utf-8") as out:
        command = [sys.executable, "-m", "setup.fetch_jars", str(ivy), *coordinates]
        done = subprocess.run(command, env=plain, cwd=ivy, stdout=out, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        sys.exit(
            f"setup: Delta's jars could not be fetched; is there a network, or a Maven mirror? All of it is in {log}"
        )


def _keep(jar: Jar, fetched: Path, folder: Path) -> None:
    fault = jar.fault(fetched)
    if fault is not None:
        sys.exit(f"setup: {fault}; it is not used, for it is not the jar that was tried with this Spark")
    draft = folder / f"{jar.file_name}.part"
    shutil.copyfile(fetched, draft)
    draft.replace(folder / jar.file_name)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        resolve(sys.argv[1], sys.argv[2:])
    else:
        main()
