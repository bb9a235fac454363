"""The files of a version: written down after its training, and made again where their folder was lost."""

from dataclasses import replace

from expectations.model_folder.folder import files_sha256
from expectations.model_folder.models import CARD_FILE
from jobs.models import registry
from jobs.models.folders import is_written, read_model, write_model
from jobs.models.training import TrainingJob, train_and_evaluate
from lakehouse.errors import UsageError
from lakehouse.plant import Plant
from ml.training.artifact import artifact_files
from ml.training.train import TrainedModel


def write_version(plant: Plant, job: TrainingJob, trained: TrainedModel) -> tuple[str, str]:
    """Write the model folder with its card; its path below the lake, and the digest of its files.

    Raises:
        UsageError: The version is registered with other files.
    """
    from report.model_card.card import CardIdentity, make_card, render_card

    files = artifact_files(trained)
    digest = files_sha256(files)
    _check_digest(plant, job, digest)
    identity = CardIdentity(plant.profile.name, job.version, job.versions, job.code)
    card = render_card(make_card(trained, identity)).encode()
    return write_model(plant.lake, job.version, {**files, CARD_FILE: card}), digest


def made_again(plant: Plant, job: TrainingJob) -> bool:
    """Train a registered version whose folder is gone once more, without a gate; False where there is no need.

    Raises:
        UsageError: Its folder is damaged, or what is made now is not what was registered.
    """
    row = registry.version(plant, job.version)
    if row is None:
        return False
    if is_written(plant.lake, job.version):
        read_model(plant.lake, row)
        return False
    write_version(plant, job, train_and_evaluate(plant, replace(job, champion=None, approved_by=None)))
    return True


def _check_digest(plant: Plant, job: TrainingJob, digest: str) -> None:
    """A version's models never change: gates evaluated them, and bundles were made of them."""
    row = registry.version(plant, job.version)
    if row is not None and row.artifact_sha256 != digest:
        raise UsageError(
            f"version {job.version} is registered with files of digest {row.artifact_sha256[:16]}, here its training "
            f"gives {digest[:16]}; restore its folder from a backup, or train another version with --seed"
        )
