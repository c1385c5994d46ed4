"""Signatures in a mail (RFC 5322): S/MIME over the message, and signed attachments.

S/MIME signs one MIME part, byte for byte with CRLF line ends (RFC 8551 3.1); the header fields of
the mail (sender, subject, date) are never covered, whatever a mail program shows.
"""

from __future__ import annotations

import dataclasses
import email
import re
import tempfile
from collections.abc import Iterable, Iterator
from email.message import Message as MailPart
from email.policy import compat32
from itertools import chain
from pathlib import Path

from signing.cms_file import check_cms
from signing.looked import CheckFile, Looked, inside, numbered
from signing.results import limited, unread_result
from signing.words import Note, Reason

LARGEST = 256 * 2**20  #: bytes of a mail that is read
PARTS = 1000  #: parts of one mail that are looked at
SIGNED = ("application/pkcs7-mime", "application/x-pkcs7-mime")
DETACHED = ("application/pkcs7-signature", "application/x-pkcs7-signature")


def check_mail(data: bytes, check_file: CheckFile) -> tuple[Looked, ...]:
    """All signatures in and on a mail; ``check_file`` looks at an attachment by its content.

    Raises nothing for what the mail holds.
    """
    if len(data) > LARGEST:
        return (_unread(Reason.CHECK_DIED, "larger than is checked here"),)
    message = email.message_from_bytes(data, policy=compat32)
    with tempfile.TemporaryDirectory(prefix="registratur-mail-") as folder:
        room = Path(folder)
        if sum(1 for _ in message.walk()) > PARTS:
            return (_unread(Reason.TOO_MANY_SIGNATURES, f"more than {PARTS} parts"),)
        smime = _smime(message, data, room, check_file)
        seen = chain(smime, _attachments(message, room, check_file))
        found = limited(seen, "EML")
    return numbered(found)


def _leaves(message: MailPart) -> Iterator[MailPart]:
    for part in message.walk():
        if not part.is_multipart():
            yield part


def _smime(message: MailPart, data: bytes, room: Path, check_file: CheckFile) -> Iterator[Looked]:
    """S/MIME on the mail itself, or on a part of it (then the rest is not covered)."""
    for number, part in enumerate(message.walk()):
        kind = part.get_content_type()
        if kind == "multipart/signed" and _is_cms(part):
            yield from _whole(_clear(part, data, room), part is message)
        elif kind in SIGNED and "enveloped" in str(part.get_param("smime-type", "")):
            yield _unread(Reason.ENCRYPTED, "S/MIME enveloped data")
        elif kind in SIGNED:
            path = room / f"smime-{number}.p7m"
            path.write_bytes(_payload(part))
            yield from _whole(inside("S/MIME", check_file(path, ())), part is message)


def _is_cms(part: MailPart) -> bool:
    return str(part.get_param("protocol", "")).lower() in DETACHED


def _whole(found: Iterable[Looked], is_root: bool) -> Iterator[Looked]:
    note = Note(reason=Reason.PART_NOT_COVERED, detail="other parts of the mail are not signed")
    for looked in found:
        result = dataclasses.replace(looked.result, container="EML", covers_whole_file=is_root)
        if not is_root:
            result = dataclasses.replace(result, notes=(*result.notes, note))
        yield dataclasses.replace(looked, result=result)


def _clear(part: MailPart, data: bytes, room: Path) -> tuple[Looked, ...]:
    """multipart/signed: the first part as it stands in the file, the second part's message."""
    parts = part.get_payload()
    signed = _first_part(data, part.get_boundary())
    if not isinstance(parts, list) or len(parts) != 2 or signed is None:
        return (_unread(Reason.UNREADABLE, "multipart/signed without its two parts"),)
    content = room / "smime-signed-part"
    content.write_bytes(signed)
    return check_cms(_payload(parts[1]), (content,), field="S/MIME").signatures


def _first_part(data: bytes, boundary: str | None) -> bytes | None:
    """The bytes between the first two delimiter lines, in canonical line ends."""
    if not boundary:
        return None
    line = re.compile(
        rb"^--" + re.escape(boundary.encode("latin-1", "replace")) + rb"[ \t]*\r?$", re.MULTILINE
    )
    marks = [match for _, match in zip(range(2), line.finditer(data), strict=False)]
    if len(marks) != 2:
        return None
    start = data.find(b"\n", marks[0].end() - 1) + 1
    between = data[start : marks[1].start()]
    canonical = re.sub(rb"\r?\n", b"\r\n", between)
    return canonical.removesuffix(b"\r\n")


def _attachments(message: MailPart, room: Path, check_file: CheckFile) -> Iterator[Looked]:
    """Each attachment by itself; a detached signature may be over another attachment."""
    files: list[tuple[str, Path]] = []
    for number, part in enumerate(_leaves(message)):
        if part.get_content_type() in (*SIGNED, *DETACHED) and not part.get_filename():
            continue
        payload = _payload(part)
        if payload:
            path = room / f"part-{number}"
            path.write_bytes(payload)
            files.append((_name(part, number), path))
    skip = _smime_payloads(message)
    for name, path in files:
        if path.read_bytes() in skip:
            continue
        others = tuple(other for _, other in files if other != path)
        yield from inside(name, check_file(path, others))


def _smime_payloads(message: MailPart) -> set[bytes]:
    """The signatures of S/MIME itself, which mail programs name smime.p7s like an attachment."""
    found: set[bytes] = set()
    for part in message.walk():
        parts = part.get_payload()
        if part.get_content_type() == "multipart/signed" and isinstance(parts, list):
            found.update(_payload(signature) for signature in parts[1:])
        elif part.get_content_type() in SIGNED:
            found.add(_payload(part))
    return found


def _payload(part: object) -> bytes:
    """The decoded body of a part; nothing where it has none."""
    decoded = part.get_payload(decode=True) if isinstance(part, MailPart) else None
    return decoded if isinstance(decoded, bytes) else b""


def _name(part: MailPart, number: int) -> str:
    return (part.get_filename() or f"Teil {number + 1}")[:200]


def _unread(reason: Reason, detail: str) -> Looked:
    return unread_result(
        signature_id="S1",
        field="S/MIME",
        container="EML",
        form="CMS",
        reason=reason,
        detail=detail,
    )
