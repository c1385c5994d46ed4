"""Markers: a file ``NAME.done`` beside ``NAME`` says that ``NAME`` is complete."""

from __future__ import annotations

import os
import stat
from contextlib import suppress

MARKER = ".done"


def is_there(folder: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def is_marker(name: str) -> bool:
    """Whether a name is that of a marker; scanners that know capitals alone write them too."""
    return name.lower().endswith(MARKER)


def has_marker(folder: int, name: str) -> bool:
    """Whether the file's marker lies beside it: a plain file, no link."""
    return any(_is_plain_file(folder, marker) for marker in _markers(name))


def drop_marker(folder: int, name: str) -> None:
    for marker in _markers(name):
        if _is_plain_file(folder, marker):
            with suppress(FileNotFoundError):
                os.unlink(marker, dir_fd=folder)


def _markers(name: str) -> tuple[str, ...]:
    return name + MARKER, name + MARKER.upper()


def _is_plain_file(folder: int, name: str) -> bool:
    with suppress(OSError):
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
        return stat.S_ISREG(found.st_mode)
    return False
