"""Detached content: which of the files at hand is the one that was signed?"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from signing.algorithms import new_hash

SUFFIXES = (".p7s", ".p7m", ".p7c", ".pkcs7", ".sig", ".ers", ".tsr", ".tst", ".xml")
FILES = 1000  #: files of a folder that are looked at


def candidates(path: Path, content: tuple[Path, ...]) -> tuple[Path, ...]:
    """The files to try: those named (folders opened one level), else what lies beside ``path``
    under its name without the signature's suffix."""
    if not content:
        return beside(path)
    found: list[Path] = []
    for place in content:
        if place.is_dir():
            inside = sorted(p for p in place.iterdir() if p.is_file() and p != path)
            found += _best_first(path, inside[:FILES])
        elif place.is_file():
            found.append(place)
    return tuple(found)


def beside(path: Path) -> tuple[Path, ...]:
    """``letter.pdf`` for ``letter.pdf.p7s``, and ``letter.*`` for ``letter.p7s``."""
    if path.suffix.lower() not in SUFFIXES:
        return ()
    stem = path.with_suffix("")
    if stem.is_file():
        return (stem,)
    if not path.parent.is_dir():
        return ()
    same = [
        other
        for other in path.parent.iterdir()
        if other.stem == stem.name and other != path and other.is_file()
    ]
    return tuple(sorted(o for o in same if o.suffix.lower() not in SUFFIXES)[:FILES])


def _best_first(path: Path, files: Iterable[Path]) -> list[Path]:
    stem = path.with_suffix("").name
    return sorted(files, key=lambda file: (file.name != stem, not file.name.startswith(stem)))


def file_digest(path: Path, name: str) -> bytes:
    """Digest of a file, in pieces."""
    running = new_hash(name)
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            running.update(part)
    return running.digest()
