"""A home for Airflow in tests of DAG files, set before anything imports Airflow: the import makes one at once."""

import atexit
import importlib
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

DAGS = Path(__file__).resolve().parents[2] / "dags"

HOME = tempfile.mkdtemp(prefix="assay-airflow-")
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
os.environ["AIRFLOW_HOME"] = HOME
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
os.environ["AIRFLOW__CORE__DAGS_FOLDER"] = str(DAGS)
# As Airflow does with its DAG folder.
sys.path.insert(0, str(DAGS))


@pytest.fixture(scope="session")
def dag_bag() -> Any:
    """Every DAG of the folder, parsed as Airflow parses them."""
    bag = importlib.import_module("airflow.dag_processing.dagbag")
    return bag.BundleDagBag(dag_folder=str(DAGS), bundle_path=DAGS, bundle_name="dags-folder")
