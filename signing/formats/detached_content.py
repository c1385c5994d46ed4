"""Detached content: which of the files at hand is the one that was signed?

The file that a signature claims by its name comes first: a person opens that one. A copy under
another name whose digest fits does not make up for it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from signing.conclusions.model import Note, Reason
from signing.formats.cms.algorithms import new_hash

SUFFIXES = (".p7s", ".p7m", ".p7c", ".pkcs7", ".sig", ".ers", ".tsr", ".tst", ".xml")
_HARMLESS = re.compile(r"[^\W_][\w .()+,-]{0,199}")
_HARMFUL = re.compile(r"[^\w .()+,-]")
LONGEST_NAME = 200  #: bytes; file systems take 255
FILES = 1000  #: files of a folder that are looked at


#: signatures that, by their names, hold no content of their own
BESIDE = (".p7s", ".sig", ".tst", ".tsr")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """Files that may be what was signed. ``claimed`` say so of themselves: where no digest fits, a
    single one of them has been changed. ``exact``: they bear the very name that the signature
    gives, so that no other file counts. ``apart``: the signature, by its name, holds no content.
    ``forms``: the files are one content in several forms, and names say nothing."""

    files: tuple[Path, ...] = ()
    claimed: tuple[Path, ...] = ()
    exact: bool = False
    apart: bool = False
    forms: bool = False

    @property
    def shown(self) -> tuple[Path, ...]:
        """What a person takes for the content of a signature, even of one that brings its own."""
        return self.claimed if self.exact or self.apart else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The content that a signature is checked over, and what there is to say of the choice."""

    path: Path | None = None
    note: Note | None = None
    doubt: Note | None = None


def choose(contents: Candidates, fits: Callable[[Path], bool]) -> Chosen:
    """The file that was signed; where none fits, the one that claims to be it, so that a changed
    content shows as broken, and one that is not there as missing."""
    claimed = contents.claimed
    if contents.exact:
        fitting = [path for path in claimed if fits(path)]
        others = [path.name for path in claimed if path not in fitting]
        doubt = Note(reason=Reason.PART_NOT_COVERED, detail=", ".join(others)[:300])
        if fitting:
            return Chosen(path=fitting[0], doubt=doubt if others else None)
        return Chosen(path=claimed[0])
    found = next((path for path in (*claimed, *contents.files) if fits(path)), None)
    if found is None:
        return Chosen(path=claimed[0] if len(claimed) == 1 else None)
    if contents.forms or found in claimed:
        return Chosen(path=found)
    said = Note(reason=Reason.CONTENT_BY_DIGEST, detail=found.name[:300])
    return Chosen(path=found, doubt=said) if claimed else Chosen(path=found, note=said)


def candidates(path: Path, content: tuple[Path, ...]) -> Candidates:
    """The files to try: those named (folders opened one level), else what lies beside ``path``
    under its name without the signature's suffix."""
    if not content:
        return among(path, beside(path))
    named = [place for place in content if place.is_file()]
    found = list(named)
    for place in content:
        if place.is_dir():
            inside = sorted(p for p in place.iterdir() if p.is_file() and p != path)
            found += _best_first(path, inside[:FILES])
    if len(named) == 1:
        return Candidates(files=tuple(found), claimed=tuple(named), exact=True)
    return among(path, tuple(found))


def among(path: Path, files: tuple[Path, ...]) -> Candidates:
    """Files that lie together (of one mail): what claims to be signed by ``path`` is told by its
    name alone, ``letter.pdf`` for ``letter.pdf.p7s`` or ``letter.p7s``."""
    if not path.suffix:
        return Candidates(files=files)
    stem = _folded(path.with_suffix("").name)
    signs = path.suffix.lower() in SUFFIXES
    whole = tuple(file for file in files if signs and _folded(file.name) == stem)
    alike = whole or tuple(file for file in files if _folded(file.stem) == stem)
    return Candidates(
        files=files,
        claimed=alike,
        exact=bool(whole),
        apart=path.suffix.lower() in BESIDE,
    )


def _folded(name: str) -> str:
    """A name as a person reads it: case and composed letters make no other one."""
    return unicodedata.normalize("NFKC", name).casefold()


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
    a signature is matched to its content by name; else one that is changed alike for both."""
    if not name or len(name.encode("utf-8", "replace")) > LONGEST_NAME:
        return otherwise
    if _HARMLESS.fullmatch(name):
        return name
    changed = "x" + _HARMFUL.sub("_", name)
    return changed if _HARMLESS.fullmatch(changed) else otherwise


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
