"""Where the program looks for its scripts and the validator: in a checkout, and in an environment."""

from __future__ import annotations

from pathlib import Path

from config.program_files import program_files


def test_a_checkout_has_them_beside_the_rooms(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    found = program_files(tmp_path, tmp_path / "environment")
    assert found.checkout
    assert found.scripts == tmp_path / "scripts"
    assert found.verapdf == tmp_path / ".cache" / "verapdf"


def test_a_wheel_has_them_in_its_environment(tmp_path: Path) -> None:
    found = program_files(tmp_path / "site-packages", tmp_path)
    assert not found.checkout
    assert found.scripts == tmp_path / "share" / "registratur" / "scripts"
    assert found.verapdf == tmp_path / "share" / "registratur" / "verapdf"


def test_these_tests_run_from_a_checkout() -> None:
    assert program_files().checkout and (program_files().scripts / "fetch-verapdf").is_file()
