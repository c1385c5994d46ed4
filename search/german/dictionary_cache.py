"""The nouns of the dictionaries as a file that is read at once.

Every command that searches needs them, and picking them out of the dictionaries takes several times as long
as reading them. The file is disposable: where it is missing, damaged or of other dictionaries, they are read
themselves. Its form is in docs/reference/search.md.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Collection
from pathlib import Path

FORMAT = 1  #: raise with every change of the form or of what is taken from a dictionary


def read(folder: Path, dictionaries: str) -> set[str] | None:
    """The words kept for dictionaries with this digest; None where none are, or not whole."""
    try:
        raw = _path(folder, dictionaries).read_bytes()
    except OSError:
        return None  # not kept yet
    digest, _, words = raw.partition(b"\n")
    if hashlib.sha256(words).hexdigest().encode("ascii") != digest:
        return None  # cut short, or changed by somebody
    return set(words.decode("utf-8").split("\n"))


def keep(folder: Path, dictionaries: str, words: Collection[str]) -> None:
    """Keep the words, and those of no other dictionaries. Where nothing can be written, nothing is kept:
    it costs time alone."""
    text = "\n".join(sorted(words)).encode("utf-8")
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=folder, prefix=".words-")
    except OSError:
        return
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(hashlib.sha256(text).hexdigest().encode("ascii") + b"\n" + text)
        old = set(folder.glob("words-*.txt"))
        place = _path(folder, dictionaries)
        Path(draft).replace(place)
        for path in old - {place}:
            path.unlink(missing_ok=True)
    except OSError:
        Path(draft).unlink(missing_ok=True)


def _path(folder: Path, dictionaries: str) -> Path:
    return folder / f"words-{FORMAT}-{dictionaries[:16]}.txt"
