"""Anchors: how long the trail is and where it ends, signed by a key that the database does not hold.

Form 1 (docs/reference/archive.md): one JSON line for each anchor in a file for each day, in a folder
outside the database. Each names the hash of the line before. Whoever can write the database alone
cannot set the trail back behind the newest anchor; whoever holds a copy of an anchor can tell even
if the folder and the key were exchanged.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.orm import Session

from archive.promises.event_forms import GENESIS, canonical
from archive.tables import schema
from config.errors import ConfigError

FORM = 1
EVERY = timedelta(minutes=1)
DAY = timedelta(days=1)
EVENTS = 1_000  #: so many events are anchored at once
_BATCH = 500
_EVENT = schema.audit_event
_HEAD = schema.audit_head


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """``events`` is the number of the trail's last event, ``head`` its hash."""

    events: int
    head: str
    at: str
    key: str
    previous: str | None
    line: bytes

    @property
    def hash(self) -> str:
        """What the next anchor names as ``previous``."""
        return hashlib.sha256(self.line).hexdigest()


class Anchors:
    """The anchors of one home. Safe for several processes."""

    def __init__(self, folder: Path, key: Ed25519PrivateKey) -> None:
        self.folder = folder
        self._key = key
        public = key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.public_key = b64encode(public).decode("ascii")
        self.fingerprint = hashlib.sha256(public).hexdigest()

    def is_due(self, session: Session, at: datetime) -> bool:
        """Whether events have come since the newest anchor, many or a minute ago."""
        newest, (seq, head) = self.newest(), trail_end(session)
        if newest is None or (newest.events, newest.head) == (seq, head):
            return newest is None
        late = abs(at - datetime.fromisoformat(newest.at)) >= EVERY  # a clock may be set back
        return late or seq - newest.events >= EVENTS

    def write(self, session: Session, at: datetime) -> Anchor:
        """Anchor the trail as it ends now; where it ends as before, the newest anchor stays."""
        with self._alone():
            newest, (seq, head) = self.newest(), trail_end(session)
            if newest is not None and (newest.events, newest.head) == (seq, head):
                return newest
            fields = {
                "form": FORM,
                "events": seq,
                "head": head,
                "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
                "key": self.fingerprint,
                "previous": newest.hash if newest else None,
            }
            signature = self._key.sign(canonical(fields).encode("ascii"))
            line = canonical({**fields, "signature": b64encode(signature).decode("ascii")})
            day = f"{at.astimezone(UTC):%Y-%m-%d}"
            # A clock that was ahead has begun a later file: what comes now stands behind it.
            last = max([day, *(file.stem for file in self._files())])
            self._append(self.folder / f"{last}.jsonl", line.encode("ascii"))
            return _anchor(line.encode("ascii"))

    def newest(self) -> Anchor | None:
        """The last whole line of the last file that has one."""
        for file in reversed(self._files()):
            for line in reversed(file.read_bytes().split(b"\n")):
                if line and (found := _whole(line)) is not None:
                    return found
        return None

    def all(self) -> Iterator[Anchor]:
        """All of them, oldest first. A line that a crash left half written is passed over."""
        for file in self._files():
            for line in file.read_bytes().split(b"\n"):
                if line and (found := _whole(line)) is not None:
                    yield found

    def next(self, event: int, at: datetime, *, upto: Anchor) -> Anchor | None:
        """The first anchor over event number ``event``, which says that it is of the time ``at``; at
        the latest ``upto``. None: there is none, though ``upto`` is over it."""
        near = f"{at.astimezone(UTC) - DAY:%Y-%m-%d}" if at.year > 1 else ""
        files = self._files()
        for some in ([file for file in files if file.stem >= near], files):
            for file in some:
                for line in file.read_bytes().split(b"\n"):
                    found = _whole(line) if line else None
                    if found is not None and event <= found.events <= upto.events:
                        return found
        return None

    def is_signed(self, anchor: Anchor) -> bool:
        """Whether our key signed it, as it stands."""
        fields = json.loads(anchor.line)
        signature = fields.pop("signature")
        try:
            self._key.public_key().verify(b64decode(signature), canonical(fields).encode("ascii"))
        except (InvalidSignature, ValueError, TypeError):
            return False
        return True

    def faults(self, session: Session) -> tuple[str, ...]:
        """In what the anchors do not fit each other or the trail, in German; () when all fit."""
        newest = self.newest()  # what is anchored from now on, this session may not see
        if newest is None:
            return (f"In {self.folder} liegt kein Anker; er gehört zu jedem Datenordner.",)
        found: list[str] = []
        before: Anchor | None = None
        batch: list[Anchor] = []
        for anchor in self.all():
            found += self._of_one(anchor, before)
            before = anchor
            batch.append(anchor)
            if len(batch) == _BATCH:
                found += _against_trail(session, batch)
                batch = []
            if anchor.line == newest.line:
                break
        found += _against_trail(session, batch)
        return tuple(found)

    def _of_one(self, anchor: Anchor, before: Anchor | None) -> Iterator[str]:
        said = f"Anker vom {anchor.at} über {anchor.events} Ereignisse"
        if not self.is_signed(anchor):
            yield f"{said}: die Signatur gilt nicht für den Schlüssel {self.fingerprint[:16]}."
        if anchor.previous != (before.hash if before else None):
            yield f"{said}: er nennt nicht den Anker davor."
        if before is not None and anchor.events < before.events:
            yield f"{said}: der Anker davor zählte {before.events}."

    def _files(self) -> Sequence[Path]:
        return sorted(self.folder.glob("????-??-??.jsonl"))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.folder / ".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _append(self, file: Path, line: bytes) -> None:
        is_new = not file.exists()
        with file.open("a+b") as out:
            if out.tell() and not _ends_whole(file):
                out.write(b"\n")
            out.write(line + b"\n")
            out.flush()
            os.fsync(out.fileno())
        if is_new:
            descriptor = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def open_key(place: Path) -> Ed25519PrivateKey:
    """The key that signs anchors; made where there is none, for its owner alone.

    Raises:
        ConfigError: the file is no Ed25519 key.
    """
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            out.write(made)
            out.flush()
            os.fsync(out.fileno())
    try:
        key = serialization.load_pem_private_key(place.read_bytes(), None)
    except (ValueError, TypeError) as error:
        raise ConfigError(
            f"{place} ist kein Schlüssel für Anker; die Sicherung einspielen."
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigError(f"{place} ist kein Ed25519-Schlüssel; die Sicherung einspielen.")
    return key


def trail_end(session: Session) -> tuple[int, str]:
    """Number and hash of the last event."""
    row = session.execute(sa.select(_HEAD.c.seq, _HEAD.c.hash).where(_HEAD.c.id == 1)).one_or_none()
    return (0, GENESIS) if row is None else (row.seq, row.hash)


def _against_trail(session: Session, anchors: Sequence[Anchor]) -> Iterator[str]:
    wanted = sorted({anchor.events for anchor in anchors if anchor.events})
    query = sa.select(_EVENT.c.seq, _EVENT.c.hash).where(_EVENT.c.seq.in_(wanted))
    known = {row.seq: row.hash for row in session.execute(query)} | {0: GENESIS}
    for anchor in anchors:
        if anchor.events not in known:
            yield (
                f"Anker vom {anchor.at}: das Ereignis {anchor.events} fehlt;"
                " das Protokoll ist kürzer, als es war."
            )
        elif known[anchor.events] != anchor.head:
            yield f"Anker vom {anchor.at}: das Ereignis {anchor.events} ist ein anderes."


def _anchor(line: bytes) -> Anchor:
    fields: dict[str, Any] = json.loads(line)
    return Anchor(
        events=int(fields["events"]),
        head=str(fields["head"]),
        at=str(fields["at"]),
        key=str(fields["key"]),
        previous=fields["previous"],
        line=line,
    )


def _whole(line: bytes) -> Anchor | None:
    try:
        found = _anchor(line)
        datetime.fromisoformat(found.at)
        return found if "signature" in json.loads(line) else None
    except (ValueError, KeyError, TypeError):
        return None


def _ends_whole(file: Path) -> bool:
    with file.open("rb") as read:
        read.seek(-1, os.SEEK_END)
        return read.read(1) == b"\n"
