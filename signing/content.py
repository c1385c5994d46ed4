"""Detached content: which of the files at hand is the one that was signed?"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from signing.algorithms import new_hash

SUFFIXES = (".p7s", ".p7m", ".p7c", ".pkcs7", ".sig", ".ers", ".tsr", ".tst", ".xml")
_HARMLESS = re.compile(r"[^\W_][\w .()+,-]{0,99}")
LONGEST_NAME = 200  #: bytes; file systems take 255
FILES = 1000  #: files of a folder that are looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """Files that may be what was signed. Any of them is, where its digest fits; only ``claimed``
    says so of itself, so that where no digest fits, it alone has been changed."""

    files: tuple[Path, ...] = ()
    claimed: Path | None = None


def candidates(path: Path, content: tuple[Path, ...]) -> Candidates:
    """The files to try: those named (folders opened one level), else what lies beside ``path``
    under its name without the signature's suffix."""
    if not content:
        files = beside(path)
        return Candidates(files=files, claimed=files[0] if len(files) == 1 else None)
    named = [place for place in content if place.is_file()]
    found = list(named)
    for place in content:
        if place.is_dir():
            inside = sorted(p for p in place.iterdir() if p.is_file() and p != path)
            found += _best_first(path, inside[:FILES])
    by_name = among(path, tuple(found)).claimed
    return Candidates(files=tuple(found), claimed=named[0] if len(named) == 1 else by_name)


def among(path: Path, files: tuple[Path, ...]) -> Candidates:
    """Files that lie together (of one mail): what claims to be signed by ``path`` is told by its
    name alone, ``letter.pdf`` for ``letter.pdf.p7s`` or ``letter.p7s``."""
    stem = path.with_suffix("").name
    whole = [file for file in files if file.name == stem]
    alike = whole or [file for file in files if file.stem == stem]
    return Candidates(files=files, claimed=alike[0] if len(alike) == 1 else None)


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


def harmless(name: str, otherwise: str) -> str:
    """The name that a file within another is laid down by: its own where nothing can come of it, since
    a signature is matched to its content by name."""
    fits = len(name.encode("utf-8", "replace")) <= LONGEST_NAME
    return name if fits and _HARMLESS.fullmatch(name) else otherwise


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
