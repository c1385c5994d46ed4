"""Where a tantivy index lies: generations in folders, and the pointer to the one in use.

    root/CURRENT            {"current": "g000002-rebuild", "previous": "g000001-first"}
    root/g000001-first/     generation.json (layout, analyser), index/ (tantivy's files)

The pointer is replaced in one step, so a reader in any process sees the old generation or the new
one. tantivy's own lock in each generation admits one writing process; it is the kernel's and goes
with its holder, also when that is killed.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tantivy

from config.system_errors import said
from search.engines.tantivy.engine_schema import SCHEMA, SHELF, layout
from search.errors import IndexUnavailable
from search.index import IndexState

HEAP = 64 * 2**20  #: bytes that one writer may hold before it writes a segment
COMMITS_PER_SWEEP = 50
_SEGMENT_FILE = re.compile(r"([0-9a-f]{32})\..+")
_NAME = re.compile(r"g(\d{6})(?:-[a-z0-9-]{1,40})?")


@dataclass(frozen=True, slots=True)
class Pointer:
    current: str
    previous: str | None


class Generation:
    """One folder, opened. ``state`` is READY or why it may not be asked."""

    def __init__(self, folder: Path, analyser: str) -> None:
        self.folder = folder
        self.name = folder.name
        self.commits = 0
        self.writing = threading.RLock()  #: one thread writes; reading needs no lock
        self._writer: tantivy.IndexWriter | None = None
        self._seen = b""
        self._links: tempfile.TemporaryDirectory[str] | None = None
        self.state, self.index = self._open(analyser)

    def _open(self, analyser: str) -> tuple[IndexState, tantivy.Index | None]:
        try:
            meta = json.loads((self.folder / "generation.json").read_bytes())
            written_with = (meta["layout"], meta["analyser"])
        except FileNotFoundError:
            return IndexState.LOST, None
        except (OSError, ValueError, KeyError, TypeError):
            return IndexState.DAMAGED, None
        if written_with != (layout(), analyser):
            return IndexState.OUTDATED, None
        try:
            return IndexState.READY, tantivy.Index.open(str(self._readable()))
        except (OSError, ValueError):
            return IndexState.DAMAGED, None

    def _readable(self) -> Path:
        """The index's folder. tantivy takes a lock to read, too: where the folder can only be read,
        one of links to its files, which is temporary."""
        folder = self.folder / "index"
        if os.access(folder, os.W_OK):
            return folder
        self._links = tempfile.TemporaryDirectory(prefix="registratur-index-")
        for file in folder.iterdir():
            if not file.name.endswith(".lock"):
                (Path(self._links.name) / file.name).symlink_to(file.absolute())
        return Path(self._links.name)

    def searcher(self) -> tantivy.Searcher:
        """A view of the last commit of any process.

        Opened anew only after a commit or a merge: a view keeps what it has read of its files, and
        reading that again costs more than most questions do.
        """
        index = self._ready()
        try:
            now = (self.folder / "index" / "meta.json").read_bytes()
            if now != self._seen:
                index.reload()
                self._seen = now
            return index.searcher()
        except (OSError, ValueError) as error:
            raise IndexUnavailable(
                f"Der Suchindex {self.folder} ist nicht lesbar: {said(error)}"
            ) from error

    def writer(self) -> tantivy.IndexWriter:
        """The one writer. Raises IndexUnavailable while another process has it."""
        index = self._ready()
        if self._writer is None:
            try:
                self._writer = index.writer(HEAP, 1)
                _remove_orphans(self.folder / "index")
            except (OSError, ValueError) as error:
                raise IndexUnavailable(_why_no_writer(self.folder, error)) from error
        return self._writer

    def commit(self) -> None:
        """Make what was written durable. On failure nothing of it is there."""
        writer = self.writer()
        writer.commit()
        self.commits += 1
        if self.commits % COMMITS_PER_SWEEP == 0:
            writer.garbage_collect_files()

    def drop_writer(self) -> None:
        """Forget what was not committed and free the lock."""
        with self.writing:
            writer, self._writer = self._writer, None
            if writer is not None:
                with suppress(OSError, ValueError):  # a killed writer cannot roll back either
                    writer.rollback()
                del writer

    def finish_writer(self) -> None:
        """Free the lock after merges under way have ended: cut off, they leave files behind."""
        with self.writing:
            writer, self._writer = self._writer, None
            if writer is not None:
                with suppress(OSError, ValueError):
                    writer.wait_merging_threads()

    def _ready(self) -> tantivy.Index:
        if self.index is None:
            raise IndexUnavailable(f"Der Suchindex {self.folder} ist nicht lesbar; neu aufbauen.")
        return self.index


def _remove_orphans(folder: Path) -> None:
    """Files of merges that an end of the process cut off: tantivy knows nothing of them.

    Only for the one who has just got the writer and has not written.
    """
    meta = json.loads((folder / "meta.json").read_bytes())
    managed = set(json.loads((folder / ".managed.json").read_bytes()))
    known = {segment["segment_id"].replace("-", "") for segment in meta["segments"]}
    for path in folder.iterdir():
        ours = _SEGMENT_FILE.fullmatch(path.name)
        if ours and ours[1] not in known and path.name not in managed:
            path.unlink()


def _why_no_writer(folder: Path, error: Exception) -> str:
    if "LockBusy" in str(error) or "Lock" in str(error):
        return (
            f"In den Suchindex {folder} schreibt gerade ein anderer Prozess. "
            "Es wird von selbst wieder versucht."
        )
    return f"In den Suchindex {folder} kann nicht geschrieben werden: {error}"


class Store:
    """The root folder. Thread-safe; any number of processes."""

    def __init__(self, root: Path, analyser: str) -> None:
        self.root = root
        self.analyser = analyser
        self.mutex = threading.RLock()
        self._open: dict[str, Generation] = {}
        self._seen: tuple[int, int] | None = None
        self._pointer: Pointer | None = None
        if self._read_or_none() is not None:
            return
        try:
            with self.moving():
                if self._read() is None:
                    first = self._make("first")
                    self._point(Pointer(first.name, None))
        except OSError as error:
            raise IndexUnavailable(
                f"Der Suchindex {root} ist nicht zugänglich: {said(error)}"
            ) from error

    def pointer(self) -> Pointer | None:
        """What CURRENT says now; None when it is gone."""
        return self._read()

    def generation(self, name: str) -> Generation:
        with self.mutex:
            known = self._open.get(name)
            if known is None or known.state is not IndexState.READY:
                known = self._open[name] = Generation(self.root / name, self.analyser)
            return known

    def begin(self, tag: str, *, resume: bool = False) -> Generation:
        """A new empty generation, locked for this process at once.

        ``resume`` takes up the newest one of this tag that was begun and left, if there is one.
        """
        with self.moving():
            made = self._left(tag) if resume else None
            self._sweep(kept=made.name if made else None)
            made = made or self._make(tag)
            made.writer()
            with self.mutex:
                self._open[made.name] = made
            return made

    def promote(self, name: str, *, keep: bool) -> None:
        """Point to ``name``; ``keep`` = the generation before stays for a rollback.

        Searches are never kept waiting: merges are awaited outside of the mutex.
        """
        with self.moving():
            before = self._read_or_none()
            if before and before.current == name:
                return
            self.generation(name).finish_writer()
            self._point(Pointer(name, before.current if before and keep else None))
            for other in [other for other in list(self._open) if other != name]:
                if before is None or other in (before.current, before.previous):
                    self.release(other)
            self._sweep()

    def rollback(self) -> None:
        with self.moving():
            now = self._read()
            if now is None or now.previous is None:
                raise IndexUnavailable(
                    "Es gibt keinen früheren Suchindex, zu dem man zurück könnte."
                )
            self.release(now.current)
            self._point(Pointer(now.previous, now.current))

    def discard(self, name: str) -> None:
        with self.moving():
            now = self._read()
            if now and name in (now.current, now.previous):
                return
            self.release(name)
            shutil.rmtree(self.root / name, ignore_errors=True)

    def release(self, name: str) -> None:
        """Close it, its writer's work done; whoever asks for it next opens it anew."""
        with self.mutex:
            known = self._open.pop(name, None)
        if known is not None:
            known.finish_writer()

    def close(self) -> None:
        for name in list(self._open):
            self.release(name)

    @contextmanager
    def moving(self) -> Iterator[None]:
        """Alone among all processes while the pointer or the set of generations changes."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            handle = (self.root / "moving.lock").open("wb")
        except OSError as error:
            raise IndexUnavailable(
                f"Der Suchindex {self.root} ist nicht zugänglich: {said(error)}"
            ) from error
        with handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def _read_or_none(self) -> Pointer | None:
        """For those who write the pointer anew: a damaged one is no pointer."""
        try:
            return self._read()
        except IndexUnavailable:
            return None

    def _read(self) -> Pointer | None:
        path = self.root / "CURRENT"
        try:
            status = path.stat()
            mark = (status.st_ino, status.st_mtime_ns)
            if mark != self._seen:
                raw: dict[str, Any] = json.loads(path.read_bytes())
                self._pointer = Pointer(raw["current"], raw.get("previous"))
                self._seen = mark
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise IndexUnavailable(f"{path} ist nicht lesbar: {said(error)}") from error
        return self._pointer

    def _point(self, pointer: Pointer) -> None:
        text = json.dumps({"current": pointer.current, "previous": pointer.previous})
        _write_durably(self.root / "CURRENT", text)

    def _make(self, tag: str) -> Generation:
        numbers = [
            int(match[1]) for path in self._folders() if (match := _NAME.fullmatch(path.name))
        ]
        plain = _plain(tag)
        name = f"g{max(numbers, default=0) + 1:06d}" + (f"-{plain}" if plain else "")
        folder = self.root / name
        (folder / "index").mkdir(parents=True)
        tantivy.Index(SCHEMA, str(folder / "index"), sort_by_field=SHELF)
        meta = {"layout": layout(), "analyser": self.analyser}
        _write_durably(folder / "generation.json", json.dumps(meta))
        return Generation(folder, self.analyser)

    def _folders(self) -> list[Path]:
        return [path for path in self.root.iterdir() if _NAME.fullmatch(path.name)]

    def _left(self, tag: str) -> Generation | None:
        """The newest generation of a tag that nobody uses or fills, and that may be gone on with."""
        now = self._read_or_none()
        used = {now.current, now.previous} if now else set()
        for folder in sorted(self._folders(), reverse=True):
            ours = folder.name.endswith(f"-{_plain(tag)}") and folder.name not in used
            if ours and folder.name not in self._open and _is_idle(folder):
                found = Generation(folder, self.analyser)
                if found.state is IndexState.READY:
                    return found
        return None

    def _sweep(self, *, kept: str | None = None) -> None:
        """Remove generations that are neither in use, kept for rollback, nor being built."""
        now = self._read_or_none()
        used = {kept, *((now.current, now.previous) if now else ())}
        for folder in self._folders():
            if folder.name not in used and folder.name not in self._open and _is_idle(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _plain(tag: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", tag.lower()).strip("-")[:40]


def _is_idle(folder: Path) -> bool:
    try:
        with (folder / "index" / ".tantivy-writer.lock").open("rb") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def _write_durably(path: Path, text: str) -> None:
    """Replace a small file in one step; durable on return."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with draft.open("w", encoding="utf-8") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
