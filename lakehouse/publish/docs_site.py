"""The site of audits, Data Docs, below the lake."""

from dataclasses import dataclass

from lakehouse.storage.key import Key
from lakehouse.storage.protocol import Storage

DOCS = Key("_reports/data_docs")


@dataclass(frozen=True, slots=True)
class DocsSite:
    """The pages in a storage, as `expectations.audit.data_docs` writes them. They need not outlast a power cut."""

    pages: Storage

    @classmethod
    def of(cls, lake: Storage) -> "DocsSite":
        """The site of a lake."""
        return cls(lake.below(DOCS))

    def read(self, name: str) -> bytes | None:
        """A page; None where it is not there."""
        return None if self.pages.entry(Key(name)) is None else self.pages.read(Key(name))

    def write(self, name: str, data: bytes) -> None:
        """Put a page, whole or not at all."""
        self.pages.put(Key(name), data, durable=False)

    def delete(self, name: str) -> None:
        """Remove a page that may be there."""
        self.pages.delete(Key(name))

    def folders(self) -> tuple[str, ...]:
        """Tables that have pages."""
        return self.pages.names().folders
