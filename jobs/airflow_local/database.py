"""The database of the local Airflow: SQLite in its home, or a PostgreSQL that a person names, its password hidden."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from jobs.airflow_local.errors import DatabaseAddressError

# The variable that `make airflow DB=...` hands on: not on the command line, which every user of the machine can read.
VARIABLE = "AIRFLOW_DB"
LEGAL = "postgresql://user:password@host:port/database"
SCHEMES = ("postgresql", "postgres")
HIDDEN = "***"


@dataclass(frozen=True, slots=True)
class Database:
    """Where Airflow keeps its state.

    Attributes:
        settings: Airflow's variables for it; empty for SQLite in the home.
        shown: Its address without the password.
        secrets: What must not be shown: the password, as it is and as it is written in an address.
    """

    settings: Mapping[str, str]
    shown: str
    secrets: tuple[str, ...]

    def redacted(self, text: str) -> str:
        """The text with the password replaced."""
        for secret in self.secrets:
            text = text.replace(secret, HIDDEN)
        return text


def database(address: str) -> Database:
    """The database of an address.

    Args:
        address: `postgresql://user:password@host:port/database`, port and password optional; what is special in an
            address is written in percent, as in every URL. Empty: SQLite in the home.

    Raises:
        DatabaseAddressError: The address is of another form. The message does not repeat it.
    """
    if not address:
        return Database({}, "SQLite in its home", ())
    parts = urlsplit(address)
    try:
        port = parts.port
    except ValueError:
        port = -1
    if parts.scheme not in SCHEMES or not parts.hostname or not parts.path.strip("/") or port == -1:
        raise DatabaseAddressError(
            f"the address of the database cannot be read (it is not repeated here: it may hold a password); legal is "
            f"DB={LEGAL}, with %40 for an @ in the password"
        )
    password = unquote(parts.password or "")
    user = quote(unquote(parts.username or ""), safe="")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    place = host + (f":{port}" if port else "") + parts.path
    rest = f"?{parts.query}" if parts.query else ""
    # Airflow expands `$` in its settings: whatever is special is written in percent.
    login = f"{user}:{quote(password, safe='')}@" if password else (f"{user}@" if user else "")
    # One driver for both of Airflow's connections: psycopg 3 works with and without asyncio.
    url = f"postgresql+psycopg://{login}{place}{rest}"
    settings = {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": url, "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": url}
    return Database(settings, f"postgresql://{user + '@' if user else ''}{place}", _secrets(parts.password, password))


def _secrets(written: str | None, password: str) -> tuple[str, ...]:
    forms = {form for form in (written, password, quote(password, safe="")) if form}
    return tuple(sorted(forms, key=len, reverse=True))
