from pathlib import Path

import pytest

from jobs.runtime.setting_keys import KEYS, masked
from jobs.runtime.settings import Settings, load_settings
from lakehouse.errors import SettingsError


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_every_declared_key_is_a_field_and_the_reverse() -> None:
    assert set(KEYS) == set(Settings.__dataclass_fields__) - {"origins", "alerts"}


def test_defaults_hold_where_nothing_is_set(tmp_path: Path) -> None:
    settings = load_settings({})

    assert (settings.lake, settings.engine) == (tmp_path / "lake", "auto")
    assert settings.origin("lake") == "default"


def test_environment_overrides_the_file_and_the_command_line_both(tmp_path: Path) -> None:
    file = tmp_path / "assay.toml"
    file.write_text('lake = "of_file"\nplant = "azure_pdm"\ncores = 3\n')

    settings = load_settings({"ASSAY_LAKE": "of_variable", "ASSAY_CORES": "4"}, {"lake": "of_option"})

    assert (settings.lake, settings.plant, settings.cores) == (tmp_path / "of_option", "azure_pdm", 4)
    assert settings.origin("lake") == "command line --lake"
    assert settings.origin("cores") == "environment ASSAY_CORES"
    assert settings.origin("plant") == "file assay.toml"


def test_folders_of_the_file_are_relative_to_the_file(tmp_path: Path) -> None:
    home = tmp_path / "deep"
    home.mkdir()
    (home / "my.toml").write_text('lake = "tables"\n')

    assert load_settings({"ASSAY_SETTINGS": str(home / "my.toml")}).lake == home / "tables"


def test_unknown_key_names_the_legal_ones(tmp_path: Path) -> None:
    (tmp_path / "assay.toml").write_text("lakes = 1\n")

    with pytest.raises(SettingsError, match=r"unknown setting 'lakes'; legal: .*\blake\b.*landing"):
        load_settings({})


def test_unknown_variable_names_the_legal_ones() -> None:
    with pytest.raises(SettingsError, match=r"unknown environment variable 'ASSAY_LAKES'; legal: .*ASSAY_LAKE, "):
        load_settings({"ASSAY_LAKES": "x"})


def test_variables_of_the_dags_are_no_settings() -> None:
    assert load_settings({"ASSAY_DAG_CLOCK": "off", "ASSAY_PYTHON": "python3"}).origins == {}


@pytest.mark.parametrize(
    ("variable", "value", "legal"),
    [
        ("ASSAY_LAKE", "s3a://bucket/lake", "come later.*legal: a folder"),
        ("ASSAY_LAKE", " ", "legal: a folder"),
        ("ASSAY_ENGINE", "spark", "legal: auto, local"),
        ("ASSAY_ENGINE", "sc://host", "sc://host:port"),
        ("ASSAY_ENGINE_MEMORY", "4 GB", "such as 4g"),
        ("ASSAY_CORES", "0", "at least 1"),
        ("ASSAY_LOG_LEVEL", "loud", "debug, info"),
    ],
)
def test_bad_value_names_the_legal_ones(variable: str, value: str, legal: str) -> None:
    with pytest.raises(SettingsError, match=f"{variable} = .*{legal}"):
        load_settings({variable: value})


def test_value_of_another_type_is_refused(tmp_path: Path) -> None:
    (tmp_path / "assay.toml").write_text("cores = true\n")

    with pytest.raises(SettingsError, match=r"cores = True; legal: a whole number"):
        load_settings({})


@pytest.mark.parametrize("name", ["landing", "keys", "state", "airflow_home"])
def test_folder_inside_the_lake_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} = .*inside the lake"):
        load_settings({}, {"lake": "lake", name: "lake/inside"})


def test_lake_inside_the_landing_folder_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"lake = .*inside landing"):
        load_settings({}, {"lake": "data/lake", "landing": "data"})


def test_named_file_that_is_not_there_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"absent\.toml is not there"):
        load_settings({}, file=Path("absent.toml"))


def test_a_folder_is_no_settings_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=f"settings file {tmp_path} is no file; name one that is"):
        load_settings({"ASSAY_SETTINGS": str(tmp_path)})


def test_file_that_is_not_toml_is_refused(tmp_path: Path) -> None:
    (tmp_path / "assay.toml").write_text("lake = \n")

    with pytest.raises(SettingsError, match="is not TOML"):
        load_settings({})


def test_token_in_the_engines_address_is_hidden() -> None:
    settings = load_settings({"ASSAY_ENGINE": "sc://host:15002/;token=secret;user_id=me"})

    assert masked("engine", settings.engine) == "sc://host:15002/;token=***;user_id=me"


@pytest.mark.parametrize(
    "value",
    [
        "sc://host/;token=SECRET",
        "sc://host:port/;user_id=me;token=SECRET;x=y",
        "SC://host:1/;TOKEN=SECRET",
        "sc://host:1/; token = SECRET",
        "sc://me:SECRET@host:15002",
        "sc://SECRET@host",
    ],
)
@pytest.mark.parametrize("name", ["engine", "lake"])
def test_a_refused_value_is_shown_without_its_token(name: str, value: str, tmp_path: Path) -> None:
    (tmp_path / "assay.toml").write_text(f"{name} = '{value}'\n")
    variable = {f"ASSAY_{name.upper()}": value}

    for environment, options in ((variable, None), ({}, {name: value}), ({}, None)):
        with pytest.raises(SettingsError, match=r"\*\*\*.*legal: ") as error:
            load_settings(environment, options)
        assert "SECRET" not in str(error.value)


def test_a_refused_value_of_another_type_is_shown_without_its_token(tmp_path: Path) -> None:
    (tmp_path / "assay.toml").write_text("engine = ['sc://host:1/;token=SECRET']\n")

    with pytest.raises(SettingsError, match=r"engine = \['sc://host:1/;token=\*\*\*'\]; legal: "):
        load_settings({})


def test_plant_is_a_name_or_a_folder(tmp_path: Path) -> None:
    assert load_settings({}, {"plant": "azure_pdm"}).plant == "azure_pdm"
    assert load_settings({}, {"plant": "./mine"}).plant == str(tmp_path / "mine")
