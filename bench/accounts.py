"""The outcomes of the records, in the words of the ledger and of silver: every pipeline must say the same."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Accounts:
    """Records and their outcomes, and how many rows the tables hold that follow from them."""

    records: int
    rejected: int
    accepted: int
    duplicate: int
    quarantined: dict[str, int]
    buckets: int
    machine_days: int
    factory_days: int

    def check(self) -> None:
        """Refuse a pipeline that lost a record.

        Raises:
            SystemExit: The classes do not add up to the records.
        """
        known = self.rejected + self.accepted + self.duplicate + sum(self.quarantined.values())
        if known != self.records:
            raise SystemExit(f"{known} of {self.records} records are accounted for: {self}")


def check_equal(ours: Accounts, other: Accounts, name: str) -> None:
    """Refuse to compare the times of pipelines that do not do the same.

    Raises:
        SystemExit: They differ.
    """
    ours.check()
    other.check()
    if ours != other:
        raise SystemExit(f"{name} accounts in another way, so that its time says nothing:\n  ours {ours}\n  {other}")
