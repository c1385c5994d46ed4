"""A lock installs as it stands although every package of it has a newer release on offer.

Small, made packages and the script that the set-up uses; ``make newer-releases`` does it with all of
the project's own.
"""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _wheel(folder: Path, name: str, version: str, *lines: str) -> str:
    """A wheel with one module that holds its version; its SHA-256."""
    info = f"{name}-{version}.dist-info"
    metadata = "\n".join((f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}", *lines))
    files = {
        f"{name}.py": f'VERSION = "{version}"\n',
        f"{info}/METADATA": metadata + "\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(
        f"{path},sha256={_digest(text)},{len(text.encode())}\n" for path, text in files.items()
    )
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for inside, text in {**files, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            wheel.writestr(inside, text)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


@pytest.fixture
def offered(tmp_path: Path) -> tuple[Path, Path]:
    """A folder with two releases of three packages, and a lock of the older ones.

    As OCRmyPDF does of pikepdf, one wants an extra of another, and the newer releases want more.
    """
    folder, lock = tmp_path / "wheels", tmp_path / "some.lock"
    folder.mkdir()
    lines = []
    needs = {
        "outerpart": ("Requires-Dist: innerpart[more]>=1",),
        "innerpart": ("Provides-Extra: more", 'Requires-Dist: hiddenpart>=1; extra == "more"'),
        "hiddenpart": (),
    }
    for name, wants in needs.items():
        digest = _wheel(folder, name, "1.0", *wants)
        _wheel(folder, name, "9999.0", *wants, "Requires-Dist: unheardof>=1")
        lines.append(f"{name}==1.0 --hash=sha256:{digest}\n")
    lock.write_text("".join(lines), encoding="utf-8")
    return folder, lock


def test_the_locked_releases_are_installed_and_no_newer_one(
    tmp_path: Path, offered: tuple[Path, Path]
) -> None:
    folder, lock = offered
    python = tmp_path / "environment" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", python.parent.parent], check=True)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PIP_")},
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(folder),
        "PIP_CONFIG_FILE": os.devnull,
    }
    install: list[str | Path] = ["sh", ROOT / "scripts" / "install-lock", python]
    other = tmp_path / "other.lock"
    other.write_text(f"outerpart==1.0 --hash=sha256:{'0' * 64}\n", encoding="utf-8")
    refused = subprocess.run([*install, other], env=environment, check=False, capture_output=True)
    assert refused.returncode != 0

    subprocess.run([*install, lock], env=environment, check=True, capture_output=True)
    names = ("outerpart", "innerpart", "hiddenpart")
    asked = f"print(*(__import__(name).VERSION for name in {names}))"
    told = subprocess.run([python, "-c", asked], check=True, capture_output=True, text=True)
    assert told.stdout.split() == ["1.0"] * 3
    subprocess.run([python, "-m", "pip", "check"], env=environment, check=True)
