"""Everything below the lake and the landing folder goes through the storage: who handles files himself is named here.

A file is listed that imports `pathlib`, `os`, `shutil`, `fcntl`, `tempfile` or `glob`, calls `open` or a method that
only paths have, or joins a path below the lake or the landing folder. An annotation counts as a use. The package
`lakehouse` holds the storage and is free.
"""

from pathlib import Path

import pytest

from tests.architecture.files_and_folders import uses
from tests.architecture.sources import ROOMS, python_files, text

_GATEWAY = "edge_bundle/gateway"
# Why files handle files and folders themselves; none of these is below the lake or the landing folder.
LISTED: dict[str, tuple[str, ...]] = {
    "settings: values that are places, and the file that they are read from": (
        "jobs/runtime/alert_keys.py", "jobs/runtime/alert_settings.py", "jobs/runtime/setting_keys.py",
        "jobs/runtime/settings.py",
    ),
    "options: places that a person names on the command line, and pages written there": (
        "jobs/cli.py", "jobs/commands/bundle.py", "jobs/commands/gateway.py", "jobs/commands/models.py",
        "jobs/commands/plant.py",
        "jobs/commands/report.py", "jobs/plant/draft/job.py", "jobs/plant/schemas.py", "jobs/plant/trying.py",
        "jobs/calculate/job.py", "jobs/commands/calculate.py", "jobs/models/registered/asked.py",
        "jobs/models/registered/export.py", "jobs/models/mlflow_store/export.py", "jobs/models/mlflow_store/program.py",
        "jobs/commands/simulate.py", "jobs/commands/status.py", "jobs/report/job.py", "jobs/runtime/page_file.py",
        "jobs/runtime/report.py", "jobs/simulation.py", "jobs/status/job.py", "jobs/status/page_job.py",
    ),
    "profile and mapping files of a plant, templates and pages of the package itself": (
        "calculators/case_file.py", "calculators/page/page.py", "expectations/audit/data_docs.py",
        "expectations/mapping/file.py", "expectations/mapping/folder.py", "expectations/mapping/presets/__init__.py",
        "expectations/mapping/tag_table.py",
        "expectations/plant/file.py", "expectations/policy/file.py", "expectations/tables/catalogue.py",
        "jobs/ask/job.py", "jobs/diagnosis/plant.py", "jobs/status/page.py", "report/model_card/card.py",
        "report/page.py",
    ),
    "the code itself, read for its digest or revision": (
        "jobs/runtime/version.py", "ml/training/training_code.py",
    ),
    "scratch files of the system, of a computation alone and gone with it": ("ml/models/batched_matrix.py",),
    "the process: its environment, terminal, cores and children": (
        "dags/_airflow_api.py", "dags/_alerts.py", "dags/_child.py", "dags/_command.py", "dags/_lake_job.py",
        "expectations/audit/suites.py", "jobs/runtime/child.py", "jobs/runtime/progress.py",
        "ml/models/side_by_side.py",
    ),
    "keys, in a folder with rights of its own outside the lake": (
        "jobs/edge/key_files.py", "jobs/edge/signing.py",
    ),
    "bundles as files: what a person names, and what a device or its process is given": (
        "edge_bundle/compiler/gateway_zipapp.py", "edge_bundle/format/bundle.py", "jobs/edge/bundle_report.py",
        "jobs/edge/gateway_file.py", "jobs/edge/gateway_names.py", "jobs/edge/landed_files.py",
        "jobs/edge/later_signature.py", "jobs/edge/recording.py", "jobs/edge/replaying.py", "jobs/edge/verifying.py",
    ),
    "the scoring kernel: compiled, loaded from a file, sealed in memory": (
        "edge_bundle/compiler/kernel/build.py", "edge_bundle/format/kernel.py", "edge_bundle/format/sealed_file.py",
        "jobs/edge/sealing.py",
    ),
    "the gateway: a device without a lake": (
        f"{_GATEWAY}/__main__.py", f"{_GATEWAY}/clocks/clock.py", f"{_GATEWAY}/embedded.py",
        f"{_GATEWAY}/input/acknowledgement.py", f"{_GATEWAY}/input/files.py", f"{_GATEWAY}/input/stdin_feed.py",
        f"{_GATEWAY}/run/commits.py", f"{_GATEWAY}/run/replay.py", f"{_GATEWAY}/run/vector_file.py",
        f"{_GATEWAY}/service.py", f"{_GATEWAY}/state_file/former_machines.py", f"{_GATEWAY}/state_file/integrity.py",
        f"{_GATEWAY}/state_file/migration.py", f"{_GATEWAY}/state_file/opening.py",
        f"{_GATEWAY}/state_file/quarantine.py", f"{_GATEWAY}/state_file/repair.py", f"{_GATEWAY}/state_file/reserve.py",
        f"{_GATEWAY}/state_file/schema.py",
        f"{_GATEWAY}/state_file/state_errors.py", f"{_GATEWAY}/state_file/state_file.py",
        f"{_GATEWAY}/state_file/state_lock.py", f"{_GATEWAY}/trust/admission.py", f"{_GATEWAY}/trust/loading.py",
        f"{_GATEWAY}/trust/trial.py", f"{_GATEWAY}/trust/trust_file.py", f"{_GATEWAY}/uplink/folder.py",
        f"{_GATEWAY}/uplink/uplink.py",
    ),
    "the state folder: alerts, the journal of runs, readings that are verified": (
        "jobs/alerts/acknowledging.py", "jobs/alerts/channel_states.py", "jobs/alerts/direct.py",
        "jobs/alerts/draining.py", "jobs/alerts/heartbeat.py", "jobs/alerts/observing.py", "jobs/alerts/runs.py",
        "jobs/alerts/sender_lock.py", "jobs/alerts/sending.py", "jobs/alerts/store.py", "jobs/alerts/testing.py",
        "jobs/runs/journal.py", "jobs/runs/recorded.py", "jobs/verify/readings.py",
    ),
    "secrets and certificates that settings name": (
        "jobs/alerts/http_call.py", "jobs/alerts/mail.py", "jobs/alerts/secrets_of.py", "jobs/alerts/webhook.py",
    ),
    "the local Airflow: its home, its processes": (
        "jobs/airflow_local/__main__.py", "jobs/airflow_local/configuration.py", "jobs/airflow_local/daily.py",
        "jobs/airflow_local/migration.py", "jobs/airflow_local/part.py", "jobs/airflow_local/processes.py",
        "jobs/airflow_local/service.py", "jobs/airflow_local/startup.py", "jobs/airflow_local/tidy.py",
    ),
    "what a person asks of this machine: rights, free space, installed programs": (
        "jobs/diagnosis/folders.py", "jobs/diagnosis/lake.py", "jobs/diagnosis/machine.py", "jobs/diagnosis/mounts.py",
        "jobs/status/machine.py",
    ),
    "the demo's work folder, and the plant that a simulation writes as other systems would": (
        "jobs/demo/run.py", "simulator/__main__.py", "simulator/write.py",
    ),
}  # fmt: skip
ALLOWED = {file for files in LISTED.values() for file in files}
GUARDED = tuple(path for path in python_files(*ROOMS, "dags") if path.parts[0] != "lakehouse")


def test_only_listed_files_handle_files_and_folders_themselves() -> None:
    found = [
        f"{path}:{line}: {what}" for path in GUARDED for line, what in uses(text(path)) if str(path) not in ALLOWED
    ]

    assert not found, "go through lakehouse.storage, or list the file with its reason:\n" + "\n".join(found)


def test_every_listed_file_is_there_once_and_still_needs_it() -> None:
    sources = {str(path): text(path) for path in GUARDED}
    listed = [file for files in LISTED.values() for file in files]

    assert len(listed) == len(ALLOWED)
    idle = sorted(file for file in listed if not any(uses(sources.get(file, ""))))
    assert not idle, f"take these off the list, they go through the storage or are gone: {idle}"


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("import os", "os"),
        ("def f():\n    import os.path", "os"),
        ("from pathlib import Path", "pathlib"),
        ("if TYPE_CHECKING:\n    from pathlib import Path", "pathlib"),
        ("import fcntl", "fcntl"),
        ("from shutil import rmtree", "shutil"),
        ("import tempfile, glob", "tempfile"),
        ("open(name)", "open()"),
        ("settings.place.read_text()", ".read_text()"),
        ("folder = plant.lake.root / 'models'", "a path below .root"),
        ("folder = settings.landing / name", "a path below .landing"),
    ],
)
def test_a_use_of_files_and_folders_is_found(source: str, what: str) -> None:
    assert what in [name for _, name in uses(source)]


@pytest.mark.parametrize(
    "source",
    [
        "import osmium", "from .os import thing", "lake.storage.open(Key('a'))", "storage.delete(key)",
        "share = total / count", "text.replace('a', 'b')",
    ],
)  # fmt: skip
def test_what_goes_through_the_storage_is_no_use(source: str) -> None:
    assert not list(uses(source))


def test_the_package_of_the_storage_is_not_guarded() -> None:
    assert Path("lakehouse/storage/local.py") not in GUARDED
    assert Path("jobs/ingest/job.py") in GUARDED
