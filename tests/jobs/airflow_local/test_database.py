"""The address of Airflow's database."""

from urllib.parse import unquote, urlsplit

import pytest

from jobs.airflow_local.database import database
from jobs.airflow_local.errors import DatabaseAddressError


def url_of(address: str) -> str:
    settings = database(address).settings
    assert set(settings) == {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC"}
    assert len(set(settings.values())) == 1
    return next(iter(settings.values()))


def test_without_an_address_nothing_is_set() -> None:
    assert database("").settings == {}


def test_an_address_is_given_to_airflow_with_our_driver() -> None:
    url = url_of("postgresql://ada:secret@db.example:5433/airflow?sslmode=require")

    assert url == "postgresql+psycopg://ada:secret@db.example:5433/airflow?sslmode=require"


@pytest.mark.parametrize(
    ("written", "meant"), [("p%40ss%2Fw%3Ard%24HOME%2520", "p@ss/w:rd$HOME%20"), ("p$HOME", "p$HOME")]
)
def test_a_password_arrives_as_it_is_and_holds_no_dollar_that_airflow_would_expand(written: str, meant: str) -> None:
    text = url_of(f"postgresql://ada:{written}@127.0.0.1/airflow")

    assert "$" not in text
    assert unquote(urlsplit(text).password or "") == meant


def test_an_address_without_a_password_and_one_of_ipv6_is_taken() -> None:
    assert url_of("postgres://ada@[::1]/airflow") == "postgresql+psycopg://ada@[::1]/airflow"


@pytest.mark.parametrize(
    "address",
    [
        "mysql://ada:secret@host/db",
        "ada:secret@host/db",
        "postgresql://ada:secret@host",
        "postgresql://ada:secret@host:port/db",
        "postgresql:///ada:secret",
        "/run/secret.sock",
    ],
)
def test_an_address_of_another_form_is_refused_and_not_repeated(address: str) -> None:
    with pytest.raises(
        DatabaseAddressError, match="legal is DB=postgresql://user:password@host:port/database"
    ) as raised:
        database(address)

    assert "secret" not in str(raised.value)


def test_the_password_is_hidden_in_every_form() -> None:
    chosen = database("postgresql://ada:p%40ss@host/db")

    assert "p@ss" not in chosen.shown
    assert "p%40ss" not in chosen.shown
    assert chosen.redacted("could not log in with p@ss, p%40ss") == "could not log in with ***, ***"
