import json
from pathlib import Path

import pytest

from jobs.cli import main
from jobs.runtime.alert_keys import ALERT_KEYS, shown_url
from jobs.runtime.alert_settings import AlertSettings
from jobs.runtime.settings import Settings, load_settings
from lakehouse.errors import SettingsError

pytestmark = pytest.mark.usefixtures("away_from_the_users_settings")


def of_file(tmp_path: Path, table: str) -> Settings:
    (tmp_path / "assay.toml").write_text(f"[alerts]\n{table}\n")
    return load_settings({})


def test_every_declared_key_is_a_field_and_the_reverse() -> None:
    assert set(ALERT_KEYS) == set(AlertSettings.__dataclass_fields__)


def test_the_environment_is_over_the_file_and_each_says_where_it_is_from(tmp_path: Path) -> None:
    table = 'webhook_url = "https://a.example/x"\nmail_to = ["a@b.example", "c@d.example"]\nca_file = "ca.pem"'
    (tmp_path / "assay.toml").write_text(f'plant = "azure_pdm"\n[alerts]\n{table}\nescalation_1_after = "30min"\n')

    settings = load_settings({"ASSAY_ALERTS_WEBHOOK_URL": "https://b.example", "ASSAY_ALERTS_MAIL_TO": "e@f.example"})

    alerts = settings.alerts
    assert (settings.plant, alerts.webhook_url, alerts.mail_to) == (
        "azure_pdm",
        "https://b.example",
        ("e@f.example",),
    )
    assert (alerts.ca_file, alerts.escalation_1_after) == (tmp_path / "ca.pem", 1800)
    assert settings.origin("alerts.webhook_url") == "environment ASSAY_ALERTS_WEBHOOK_URL"
    assert settings.origin("alerts.ca_file") == "file assay.toml"
    assert settings.origin("alerts.quiet_hours") == "default"


def test_without_the_table_nothing_is_set() -> None:
    assert load_settings({}).alerts == AlertSettings()


def test_an_unknown_name_is_refused_with_the_legal_ones(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"setting of \[alerts\] 'webhok'; legal: .*webhook_url"):
        of_file(tmp_path, 'webhok = "https://a.example"')


def test_an_unknown_variable_is_refused_with_the_legal_ones() -> None:
    with pytest.raises(SettingsError, match=r"'ASSAY_ALERTS_WEBHOK'; legal: .*ASSAY_ALERTS_WEBHOOK_URL"):
        load_settings({"ASSAY_ALERTS_WEBHOK": "x"})
    with pytest.raises(SettingsError, match="'ASSAY_WEBHOOK_URL'; legal: "):
        load_settings({"ASSAY_WEBHOOK_URL": "x"})


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "assay.toml").write_text("alerts = true\n")

    with pytest.raises(SettingsError, match=r"alerts = bool; legal: a table"):
        load_settings({})


@pytest.mark.parametrize("name", ["webhook_secret", "mail_password"])
def test_a_secret_in_the_file_is_refused_and_not_repeated(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError, match=f"must not be in this file; set ASSAY_ALERTS_{name.upper()}") as error:
        of_file(tmp_path, f'{name} = "HIDDEN-HIDDEN-HIDDEN"')

    assert "HIDDEN" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("webhook_url", "http://factory.example/x", "http only to this machine"),
        ("webhook_url", "http://127.0.0.1.evil.example/x", "http only to this machine"),
        ("webhook_url", "https://user:HIDDEN@factory.example/x", "without a user"),
        ("webhook_url", "https://fac tory.example/x", "legal: https"),
        ("webhook_url", "https://a.example/x\r\nHost: b", "legal: https"),
        ("webhook_url", "https://a.example:99999/", "legal: https"),
        ("webhook_url", "ftp://a.example/", "legal: https"),
        ("webhook_url", "https:///x", "legal: https"),
        ("webhook_secret", "short", "at least 16 characters"),
        ("mail_server", "mail.example", "legal: host:port"),
        ("mail_server", "mail.example:0", "legal: host:port"),
        ("mail_security", "ssl", "legal: starttls, tls, none"),
        ("mail_from", "a@b.example\nBcc: c@d.example", "legal: an address"),
        ("mail_to", "a@b.example, c d@e.example", "legal: addresses"),
        ("mail_to", "", "legal: addresses"),
        ("quiet_hours", "22-6", "legal: HH:MM-HH:MM"),
        ("quiet_hours", "22:00-22:00", "begin and end are the same"),
        ("quiet_zone", "Europe/Atlantis", "no such zone"),
        ("quiet_zone", "/etc/passwd", "no such zone"),
        ("escalation_1_after", "soon", "legal: a whole number"),
        ("no_run_after", "0h", "or off"),
    ],
)
def test_a_bad_value_names_the_legal_ones(name: str, value: str, said: str) -> None:
    variable = f"ASSAY_ALERTS_{name.upper()}"

    with pytest.raises(SettingsError, match=f"^{variable} = .*{said}") as error:
        load_settings({variable: value})

    assert "HIDDEN" not in str(error.value)


@pytest.mark.parametrize(
    "value", ["http://127.0.0.1:8080/x", "http://[::1]/x", "http://localhost/x", "https://a.b/?x=1"]
)
def test_an_address_of_this_machine_or_with_tls_is_legal(value: str) -> None:
    assert load_settings({"ASSAY_ALERTS_WEBHOOK_URL": value}).alerts.webhook_url == value


def test_settings_are_shown_without_secrets(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ASSAY_ALERTS_WEBHOOK_URL", "https://hooks.example:8443/services/HIDDEN?key=HIDDEN")
    monkeypatch.setenv("ASSAY_ALERTS_WEBHOOK_SECRET", "HIDDEN-HIDDEN-HIDDEN")
    monkeypatch.setenv("ASSAY_ALERTS_MAIL_PASSWORD", "HIDDEN")

    assert main(["settings"]) == 0
    lines = capsys.readouterr().out
    assert main(["settings", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)["settings"]

    assert "HIDDEN" not in lines + str(shown)
    assert shown["alerts.webhook_url"] == {
        "value": "https://hooks.example:8443/***",
        "origin": "environment ASSAY_ALERTS_WEBHOOK_URL",
    }
    assert shown["alerts.webhook_secret"]["value"] == "***"


def test_an_address_without_a_path_is_shown_whole() -> None:
    assert shown_url("https://a.example/") == "https://a.example/"
