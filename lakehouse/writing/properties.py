"""What a commit carries beside its files: metadata, the outcome of the audit, and the name by which it happens once."""

from dataclasses import replace

from deltalake import DeltaTable
from deltalake.transaction import CommitProperties
from deltalake.transaction import Transaction as Named

from lakehouse.audited import AuditedFiles, AuditedRows
from lakehouse.commit_json import to_text
from lakehouse.commit_metadata import Audit, CommitMetadata
from lakehouse.errors import UnauditedError
from lakehouse.transaction import Transaction


def check_audited(batch: object, kind: type[AuditedFiles | AuditedRows]) -> None:
    """Refuse what the gate did not make, whatever the types say.

    Raises:
        UnauditedError: The batch is of another class.
    """
    if type(batch) is not kind:
        raise UnauditedError(
            f"got {type(batch).__name__} to write; legal is {kind.__name__} as `lakehouse.publish.gate` makes it"
        )


def metadata_text(metadata: CommitMetadata, audit: Audit | None) -> str:
    """The metadata as the log stores it. The audit is the batch's own, never the caller's."""
    return to_text(replace(metadata, audit=audit))


def properties_of(metadata: CommitMetadata, audit: Audit | None, once: Transaction | None = None) -> "CommitProperties":
    """Metadata and name of a commit of delta-rs."""
    return CommitProperties(
        custom_metadata={"userMetadata": metadata_text(metadata, audit)},
        app_transactions=None if once is None else [Named(once.application, once.version)],
    )


def has_happened(delta: "DeltaTable", once: Transaction) -> bool:
    """Whether a commit of that name, or a later one of the same application, is in the log."""
    return (delta.transaction_version(once.application) or 0) >= once.version
