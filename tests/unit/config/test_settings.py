"""Settings: three layers, and errors that name the key."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.errors import ConfigError
from config.settings import load


def _load(tmp_path: Path, text: str = "", **environment: str) -> object:
    (tmp_path / "registratur.toml").write_text(text, encoding="utf-8")
    return load(tmp_path, environment=environment)


def test_environment_goes_over_file_goes_over_default(tmp_path: Path) -> None:
    (tmp_path / "registratur.toml").write_text('[web]\nport = 1\nhost = "10.0.0.1"\n')
    settings = load(tmp_path, environment={"REGISTRATUR_WEB__PORT": "99"})
    assert (settings.web.port, settings.web.host) == (99, "10.0.0.1")
    assert settings.search.engine == "tantivy"
    assert settings.database_url == f"sqlite:///{tmp_path}/registratur.db"


def test_text_from_the_environment_needs_no_quotes(tmp_path: Path) -> None:
    settings = load(tmp_path, environment={"REGISTRATUR_SEARCH__URL": "http://127.0.0.1:9250"})
    assert settings.search.url == "http://127.0.0.1:9250"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "[serch]\nengine='tantivy'",
            "unbekannte Einstellung serch. Gemeint ist vielleicht: search",
        ),
        ("[web]\nprot=1", "web.prot. Gemeint ist vielleicht: web.port"),
        ("[streams.a]\nfolder='x'", "es fehlt streams.a.department"),
        ("[streams.a]\nfolder='x'\ndepartment='b'", "streams.a.procedure"),
        ("[web]\nport='viele'", "web.port"),
        ("[web", "kein gültiges TOML"),
    ],
)
def test_a_wrong_key_is_named(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words.replace(".", r"\.")):
        _load(tmp_path, text)


def test_an_unknown_key_of_the_environment_is_named_too(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"malware\.sockt.*malware\.socket"):
        _load(tmp_path, REGISTRATUR_MALWARE__SOCKT="/run/x")


def test_settings_cannot_be_changed(tmp_path: Path) -> None:
    settings = load(tmp_path, environment={})
    with pytest.raises(ValueError, match="frozen"):
        settings.web.port = 1  # type: ignore[misc]
