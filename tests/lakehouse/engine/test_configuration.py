"""How our Spark is set."""

import shlex
from pathlib import Path

from lakehouse.engine.configuration import spark_configuration


def test_a_folder_with_blanks_is_one_option_of_java() -> None:
    options = spark_configuration(Path("/plant one/state/scratch"), port=1, cores=1)["spark.driver.extraJavaOptions"]

    assert "-Dderby.system.home=/plant one/state/scratch" in shlex.split(options)
