"""Wrong settings: one sentence that names what the person wrote, whatever was written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from config.errors import ConfigError
from config.settings import Settings, load

STREAM = '[streams.a]\nfolder="x"\ndepartment="b"\n[procedures.standard]\n'


def _refused(home: Path, text: str | None = None, **environment: str) -> str:
    if text is not None:
        (home / "registratur.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(home, environment=environment)
    return str(caught.value)


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"REGISTRATUR_LOG": "x"}, "log: das ist ein Abschnitt"),
        ({"REGISTRATUR_LOG__LEVEL": "laut"}, "log.level: erwartet wird eines von: 'debug'"),
        ({"REGISTRATUR_WEB__PORT": ""}, "web.port: erwartet wird eine ganze Zahl"),
        ({"REGISTRATUR_WEB__PORT": "70000"}, "web.port: höchstens 65535"),
        ({"REGISTRATUR_WEB__PORT": "9" * 5000}, "web.port"),
        ({"REGISTRATUR_WEB__PORT": "-1"}, "web.port: mindestens 0"),
        ({"REGISTRATUR_INTAKE__SETTLE_SECONDS": "nan"}, "intake.settle_seconds"),
        ({"REGISTRATUR_INTAKE__SETTLE_SECONDS": "inf"}, "endliche Zahl"),
        ({"REGISTRATUR_INTAKE__POLLING": "ja"}, "intake.polling: erwartet wird true oder false"),
        ({"REGISTRATUR_TRUST_LISTS__HOSTS": "a.example,b.example"}, "erwartet wird eine Liste"),
        ({"REGISTRATUR_STREAMS": "3"}, "streams: das ist ein Abschnitt"),
        ({"REGISTRATUR_STREAMS__A": "3"}, "streams.a: das ist ein Abschnitt"),
        ({"REGISTRATUR_STREAMS__A__FOLDER": "x"}, "es fehlt streams.a.department"),
        ({"REGISTRATUR_LOGG__LEVEL": "info"}, "(REGISTRATUR_LOG)"),
        ({"REGISTRATUR_MALWARE__SOCKT": "/run/x"}, "malware.socket (REGISTRATUR_MALWARE__SOCKET)"),
        ({"REGISTRATUR_LOG__LEVEL__X": "1"}, "log.level"),
        ({"REGISTRATUR_": "1"}, "unbekannte Einstellung"),
        ({"REGISTRATUR_LOG__": "1"}, "unbekannte Einstellung log."),
        ({"REGISTRATUR_HOMEDIR": "/srv"}, "unbekannte Einstellung homedir"),
        ({"REGISTRATUR_HOME__X": "/srv"}, "unbekannte Einstellung home"),
    ],
)
def test_a_wrong_variable_is_named_by_its_own_name(
    tmp_path: Path, environment: dict[str, str], words: str
) -> None:
    told = _refused(tmp_path, **environment)
    (name,) = environment
    assert told.startswith(f"{name}: ") and words in told
    assert "registratur.toml" not in told


def test_a_section_set_to_a_value_beside_a_name_in_it_is_a_sentence(tmp_path: Path) -> None:
    told = _refused(tmp_path, REGISTRATUR_LOG="x", REGISTRATUR_LOG__LEVEL="info")
    assert "REGISTRATUR_LOG__LEVEL: log ist hier ein einzelner Wert (REGISTRATUR_LOG" in told


def test_the_file_is_named_where_the_file_has_the_value_of_a_section(tmp_path: Path) -> None:
    told = _refused(tmp_path, 'log = "x"', REGISTRATUR_LOG__LEVEL="info")
    assert "REGISTRATUR_LOG__LEVEL" in told and "registratur.toml setzt es so" in told


def test_a_fault_of_the_file_is_the_files_although_variables_stand_beside(tmp_path: Path) -> None:
    told = _refused(tmp_path, '[web]\nport="viele"', REGISTRATUR_WEB__HOST="127.0.0.1")
    assert told.startswith(f"{tmp_path}/registratur.toml: web.port")
    told = _refused(tmp_path, "[streams.a]\nfolder='x'", REGISTRATUR_STREAMS__A__TITLE="t")
    assert told.startswith(f"{tmp_path}/registratur.toml: es fehlt streams.a.department")


def test_a_reference_that_leads_nowhere_is_told_of_the_variable_that_made_it(
    tmp_path: Path,
) -> None:
    told = _refused(tmp_path, STREAM, REGISTRATUR_STREAMS__A__PROCEDURE="nix")
    assert told.startswith("REGISTRATUR_STREAMS__A__PROCEDURE: ")


def test_home_is_no_setting_of_the_file(tmp_path: Path) -> None:
    assert "REGISTRATUR_HOME" in _refused(tmp_path, 'home = "/srv"')


@pytest.mark.parametrize("text", ["2024", "true", "2026-01-01", "1.5", "[x]", "a # b", "{a=1}"])
def test_where_a_text_belongs_every_text_is_one(tmp_path: Path, text: str) -> None:
    (tmp_path / "registratur.toml").write_text(STREAM)
    names = ("COUNTY__NAME", "STREAMS__A__PERSON", "PROCEDURES__STANDARD__RELEASED_ON")
    read = load(tmp_path, environment={f"REGISTRATUR_{name}": text for name in names})
    assert read.county.name == text
    assert read.streams["a"].person == text
    assert read.procedures["standard"].released_on == text


def test_a_name_of_the_file_with_capitals_can_be_reached(tmp_path: Path) -> None:
    (tmp_path / "registratur.toml").write_text(STREAM.replace("streams.a", "streams.Bau"))
    read = load(tmp_path, environment={"REGISTRATUR_STREAMS__BAU__TITLE": "Bauamt"})
    assert read.streams["Bau"].title == "Bauamt" and list(read.streams) == ["Bau"]


def test_a_section_as_a_table_goes_over_the_files_names_one_by_one(tmp_path: Path) -> None:
    (tmp_path / "registratur.toml").write_text('[web]\nhost="10.0.0.1"\nport=1\n')
    read = load(tmp_path, environment={"REGISTRATUR_WEB": "{port = 2}"})
    assert (read.web.host, read.web.port) == ("10.0.0.1", 2)


def test_a_file_that_is_none_is_told_with_its_reason(tmp_path: Path) -> None:
    place = tmp_path / "registratur.toml"
    place.mkdir()
    assert "es ist ein Ordner" in _refused(tmp_path)
    place.rmdir()
    place.symlink_to(tmp_path / "gone.toml")
    assert "es gibt sie nicht" in _refused(tmp_path)
    place.unlink()
    place.symlink_to(place)
    assert "im Kreis" in _refused(tmp_path)
    place.unlink()
    place.write_bytes(b"name = '\xff'")
    assert "kein UTF-8" in _refused(tmp_path)
    place.write_text("a = " + "[" * 5000)
    assert "kein gültiges TOML" in _refused(tmp_path)
    with pytest.raises(ConfigError, match="es gibt sie nicht"):
        load(tmp_path, file=tmp_path / "other.toml", environment={})


@pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
def test_a_file_without_the_right_to_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "registratur.toml").touch(mode=0o000)
    assert "keine Leserechte" in _refused(tmp_path)


def test_bytes_that_are_no_text_can_be_printed(tmp_path: Path) -> None:
    told = _refused(tmp_path, **{"REGISTRATUR_\udcff": "\udcff"})
    assert told.encode("utf-8")


def test_values_are_never_told(tmp_path: Path) -> None:
    secret = "postgresql://u:geheim@host/db"
    told = _refused(tmp_path, REGISTRATUR_DATABASE=secret, REGISTRATUR_WEB__PORT="geheim")
    assert "geheim" not in told


NAMES = st.sampled_from(
    ["REGISTRATUR_" + name for name in ("LOG", "WEB", "STREAMS", "PROCEDURES", "TRUST_LISTS", "XY")]
)
TAILS = st.lists(
    st.sampled_from(["LEVEL", "PORT", "HOSTS", "A", "FOLDER", "STANDARD", "", "Ü", "HOME"]),
    max_size=3,
)
VALUES = st.one_of(
    st.sampled_from(
        ["", "1", "-1", "true", "x", "{}", "{a=1}", '{level="info"}', "[]", '"', "1e9"]
    ),
    st.text(max_size=8).filter(lambda text: "\0" not in text),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example(made=[("REGISTRATUR_LOG", ["LEVEL"], "x"), ("REGISTRATUR_LOG", [], "x")])
@given(made=st.lists(st.tuples(NAMES, TAILS, VALUES), min_size=1, max_size=4))
def test_whatever_the_environment_says_it_is_read_or_named(
    made: list[tuple[str, list[str], str]],
) -> None:
    environment = {"__".join([name, *tail]): value for name, tail, value in made}
    try:
        read = load(Path("/nowhere"), environment=environment)
    except ConfigError as error:
        lines = str(error).splitlines()
        assert all(any(line.startswith(f"{name}: ") for name in environment) for line in lines)
        assert "/nowhere" not in str(error)
    else:
        assert isinstance(read, Settings)


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.one_of(st.binary(max_size=60), st.text(max_size=60).map(str.encode)))
def test_whatever_the_file_says_it_is_read_or_named(tmp_path: Path, data: bytes) -> None:
    place = tmp_path / "registratur.toml"
    place.write_bytes(data)
    try:
        load(tmp_path, environment={})
    except ConfigError as error:
        assert str(place) in str(error)
