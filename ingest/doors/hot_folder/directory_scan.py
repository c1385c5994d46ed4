"""Going through a hot folder by open handles, so that nobody can swap a folder for a link on us."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from config.system_errors import why
from ingest.doors.blocked_files import Telling
from ingest.doors.hot_folder.claims import INSIDE, OURS, Place
from ingest.doors.hot_folder.ignored_names import Kind, could_be_mail, kind_of
from ingest.doors.hot_folder.open_writers import OpenFiles, Writers, writers_of
from ingest.doors.hot_folder.stability import Shape

DEEPEST = 40  #: levels of folders; one handle is open for each
_PEEK_ENTRIES = 500
_PEEK_LEVELS = 4

Tell = Callable[[bytes, str], None]  #: path below the hot folder, what is to be said of it


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a hot folder. It may last: ``clock`` goes on meanwhile (monotonic seconds)."""

    place: Place
    clock: Callable[[], float]
    telling: Telling
    open_files: OpenFiles = field(default_factory=OpenFiles)

    @property
    def moment(self) -> float:
        return self.clock()

    def writers_of(self, descriptor: int) -> Writers:
        """Who may still write into an open file of the hot folder or a claim."""
        return writers_of(descriptor, self.place.where, self.open_files, self.moment)


@dataclass(frozen=True, slots=True)
class Entry:
    """Something in a hot folder. ``folder`` is an open handle, good until the next entry."""

    folder: int
    name: str
    path: bytes  #: below the hot folder
    kind: Kind
    found: os.stat_result  #: of the entry itself, never of a link's target
    is_folder: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A file that had rested. ``folder`` is a handle of its own, good until it is closed."""

    folder: int
    name: str
    path: bytes  #: below the hot folder
    shape: Shape

    @classmethod
    def of(cls, entry: Entry) -> Found:
        """Raises OSError where no handle is to be had."""
        folder = os.dup(entry.folder)
        return cls(folder=folder, name=entry.name, path=entry.path, shape=Shape.of(entry.found))

    def close(self) -> None:
        os.close(self.folder)


def entries(root: int, *, subfolders: bool, tell: Tell) -> Iterator[Entry]:
    """All that could be mail or has to be watched; folders only where they are not gone into.

    Litter of systems and our own folder are left out. ``tell`` hears of folders that cannot be
    read.
    """
    yield from _below(root, b"", 0, subfolders, tell)


def _below(folder: int, above: bytes, level: int, subfolders: bool, tell: Tell) -> Iterator[Entry]:
    try:
        with os.scandir(folder) as scan:
            names = sorted((found.name, found.is_dir(follow_symlinks=False)) for found in scan)
    except OSError as error:
        tell(above, f"Ordner nicht lesbar: {why(error)}.")
        return
    for name, is_folder in names:
        kind = kind_of(name, folder=is_folder)
        if kind is Kind.LITTER or (level == 0 and name == OURS):
            continue
        path = above + os.fsencode(name)
        if is_folder and kind is Kind.MAIL and subfolders:
            yield from _inside(folder, name, path, level, tell)
            continue
        try:
            found = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except OSError:
            continue  # gone since the folder was listed
        yield Entry(folder, name, path, kind, found, is_folder)


def _inside(folder: int, name: str, path: bytes, level: int, tell: Tell) -> Iterator[Entry]:
    if level >= DEEPEST:
        tell(path, f"Mehr als {DEEPEST} Ordner ineinander; hier wird nicht gelesen.")
        return
    try:
        inner = os.open(name, INSIDE, dir_fd=folder)
    except FileNotFoundError:
        return
    except OSError as error:
        tell(path, f"Ordner nicht lesbar: {why(error)}.")
        return
    try:
        yield from _below(inner, path + b"/", level + 1, True, tell)
    finally:
        os.close(inner)


def holds_mail(folder: int, name: str) -> bool:
    """Whether something that could be mail lies in a folder that is not read.

    Looks at ``_PEEK_ENTRIES`` entries at most, ``_PEEK_LEVELS`` levels deep.
    """
    return _peek(folder, name, _PEEK_LEVELS, iter(range(_PEEK_ENTRIES)))


def _peek(folder: int, name: str, levels: int, budget: Iterator[int]) -> bool:
    try:
        inner = os.open(name, INSIDE, dir_fd=folder)
    except OSError:
        return False
    try:
        with os.scandir(inner) as scan:
            affordable = zip(budget, scan, strict=False)
            some = [(each.name, each.is_dir(follow_symlinks=False)) for _, each in affordable]
    except OSError:
        some = []
    try:
        return any(could_be_mail(each) for each, is_folder in some if not is_folder) or any(
            levels > 1 and _peek(inner, each, levels - 1, budget)
            for each, is_folder in some
            if is_folder and kind_of(each, folder=True) is not Kind.LITTER
        )
    finally:
        os.close(inner)


def open_above(root: int, path: bytes) -> int | None:
    """The folder that ``path`` lies in, by handles from ``root``; None where a part is no folder.

    The caller closes. Nothing outside is ever reached: no part is ``..``, and no link is followed.
    """
    parts = path.split(b"/")[:-1]
    if any(part in (b"", b".", b"..") for part in parts):
        return None
    handle = os.dup(root)
    for part in parts:
        try:
            inner = os.open(part, INSIDE, dir_fd=handle)
        except OSError:
            return None
        finally:
            os.close(handle)
        handle = inner
    return handle
