"""Show that the pinned set installs although everything has a newer release (``make newer-releases``).

The locked files are fetched once by the ordinary clients. Then a registry of each kind on 127.0.0.1
offers them beside a release 9999 of every package that wants more than there is, and the set-up's own
scripts install from those registries alone: pip (all of requirements.lock), npm and ivy.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

ROOT = Path(__file__).resolve().parent.parent
NEWER = "9999.0.0"
LINE = re.compile(r"^([A-Za-z0-9._-]+)==", re.MULTILINE)


class _Registry(SimpleHTTPRequestHandler):
    """Serves a folder; npm asks for a scoped name as ``@scope%2fname``."""

    def translate_path(self, path: str) -> str:
        return super().translate_path(unquote(path))

    def log_message(self, format: str, *args: Any) -> None:
        pass


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="newer-releases.") as name:
        work = Path(name)
        (work / "www").mkdir()
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Registry, directory=work / "www"))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        try:
            try_pip(work, address)
            try_npm(work, address)
            try_ivy(work, address)
        finally:
            server.shutdown()
    return 0


# ---- pip


def try_pip(work: Path, address: str) -> None:
    """The whole runtime lock into a new environment, from an index that also has newer releases."""
    lock, simple = ROOT / "requirements.lock", work / "www" / "simple"
    python = work / "environment" / "bin" / "python"
    _run([sys.executable, "-m", "venv", python.parent.parent])
    fetched = work / "fetched"
    fetch = ["download", "-q", "--no-deps", "--require-hashes", "-r", lock, "-d", fetched]
    _run([python, "-m", "pip", *fetch])
    names = LINE.findall(lock.read_text(encoding="utf-8"))
    for file in fetched.iterdir():
        _offer(simple, file.name.split("-")[0], file)
    for name in names:
        _offer(simple, name, _newer_wheel(work, name))
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("PIP_")},
        "PIP_INDEX_URL": f"{address}/simple/", "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_CACHE_DIR": "1",
    }  # fmt: skip
    _run(["sh", ROOT / "scripts" / "install-lock", python, lock], environment)
    listed = _run([python, "-m", "pip", "list", "--format=json"], environment)
    versions = {row["name"]: row["version"] for row in json.loads(listed)}
    assert NEWER not in versions.values(), versions
    _run([python, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--no-index",
          "-e", ROOT], environment)  # fmt: skip
    _run([python, "-m", "pip", "check"], environment)
    _run([python, ROOT / "scripts" / "check_environment.py", "requirements.lock"], environment)
    newer = len(set(map(_normal, names)))
    print(f"pip: {len(versions)} packages as locked, {newer} newer releases on offer")


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _offer(simple: Path, name: str, file: Path) -> None:
    folder = simple / _normal(name)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(file, folder)
    links = "".join(f'<a href="{one.name}">{one.name}</a><br>' for one in folder.glob("*-*"))
    (folder / "index.html").write_text(f"<!DOCTYPE html><html><body>{links}</body></html>")


def _newer_wheel(work: Path, name: str) -> Path:
    """A release that wants what is nowhere: whoever looks at it fails."""
    plain = _normal(name).replace("-", "_")
    info = f"{plain}-{NEWER}.dist-info"
    wants = "Requires-Dist: this-is-nowhere>=1\nProvides-Extra: pdfa\n"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {NEWER}\n{wants}"
    path = work / f"{plain}-{NEWER}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{info}/METADATA", metadata)
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")
    return path


# ---- npm


def try_npm(work: Path, address: str) -> None:
    """``npm ci`` of package-lock.json from a registry whose newest releases are others."""
    place, tarballs = work / "npm", work / "www" / "tarballs"
    place.mkdir()
    tarballs.mkdir()
    locked = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    for path, package in locked.items():
        if path:
            _offer_npm(work, tarballs, path.removeprefix("node_modules/"), package, address)
    for file in ("package.json", "package-lock.json"):
        shutil.copy(ROOT / file, place)
    _run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", f"--registry={address}",
          f"--cache={work / 'npm-cache'}"], place=place)  # fmt: skip
    for path, package in locked.items():
        if path:
            found = json.loads((place / path / "package.json").read_text(encoding="utf-8"))
            assert found["version"] == package["version"], path
    print(f"npm: {len(locked) - 1} packages as locked, each with a newer release on offer")


def _offer_npm(
    work: Path, tarballs: Path, name: str, package: dict[str, Any], address: str
) -> None:
    packed = _run(["npm", "pack", "--silent", f"{name}@{package['version']}"], place=tarballs)
    newer = tarballs / f"newer-{name.replace('/', '-')}.tgz"
    with tarfile.open(newer, "w:gz") as archive:
        text = json.dumps({"name": name, "version": NEWER}).encode()
        entry = tarfile.TarInfo("package/package.json")
        entry.size = len(text)
        archive.addfile(entry, io.BytesIO(text))
    digest = base64.b64encode(hashlib.sha512(newer.read_bytes()).digest()).decode()
    releases = {
        package["version"]: (packed.split()[-1], package["integrity"]),
        NEWER: (newer.name, f"sha512-{digest}"),
    }
    told = {
        "name": name,
        "dist-tags": {"latest": NEWER},
        "versions": {
            version: {
                "name": name, "version": version,
                "dist": {"tarball": f"{address}/tarballs/{file}", "integrity": integrity},
            }
            for version, (file, integrity) in releases.items()
        },
    }  # fmt: skip
    page = work / "www" / name
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(json.dumps(told), encoding="utf-8")


# ---- ivy


def try_ivy(work: Path, address: str) -> None:
    """veraPDF's files from a repository where all have newer ones, and where one wants the newest."""
    have = ROOT / ".cache" / "verapdf"
    script = (ROOT / "scripts" / "fetch-verapdf").read_text(encoding="utf-8")
    lines = re.findall(r"^[0-9a-f]{64} (\S+) (\S+) (\S+) jar$", script, re.MULTILINE)
    for group, name, version in lines:
        home = work / "www" / "maven" / group.replace(".", "/") / name
        for release in (version, NEWER):
            folder = home / release
            folder.mkdir(parents=True)
            _pom(folder / f"{name}-{release}.pom", group, name, release)
            jar = folder / f"{name}-{release}.jar"
            if release == version:
                shutil.copy(have / jar.name, jar)
            else:
                jar.write_bytes(b"newer")
        (home / "maven-metadata.xml").write_text(
            f"<metadata><groupId>{group}</groupId><artifactId>{name}</artifactId><versioning>"
            f"<latest>{NEWER}</latest><release>{NEWER}</release><versions><version>{version}</version>"
            f"<version>{NEWER}</version></versions></versioning></metadata>"
        )
    settings = work / "ivysettings.xml"
    settings.write_text(
        '<ivysettings><settings defaultResolver="here"/><resolvers><ibiblio name="here" '
        f'm2compatible="true" root="{address}/maven/"/></resolvers></ivysettings>'
    )
    target = work / "verapdf"
    _run(["bash", ROOT / "scripts" / "fetch-verapdf", target],
         {**os.environ, "IVY_SETTINGS": str(settings)})  # fmt: skip
    found = sorted(path.name for path in target.glob("*.jar"))
    assert found == sorted(f"{name}-{version}.jar" for _, name, version in lines), found
    print(f"ivy: {len(found)} files as pinned, each with a newer release on offer")


def _pom(path: Path, group: str, name: str, version: str) -> None:
    """A description that wants the newest of another package, as veraPDF's own do."""
    path.write_text(
        '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
        f"<groupId>{group}</groupId><artifactId>{name}</artifactId><version>{version}</version>"
        "<dependencies><dependency><groupId>org.verapdf</groupId><artifactId>core</artifactId>"
        "<version>[1.0,)</version></dependency></dependencies></project>"
    )


def _run(
    command: list[Any], environment: dict[str, str] | None = None, *, place: Path = ROOT
) -> str:
    done = subprocess.run(
        [str(word) for word in command], env=environment, cwd=place, text=True,
        capture_output=True, check=False,
    )  # fmt: skip
    if done.returncode:
        sys.exit(
            f"{command[0]} failed ({done.returncode})\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        )
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
