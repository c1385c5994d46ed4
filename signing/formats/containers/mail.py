"""Signatures in a mail (RFC 5322): S/MIME over the message, and signed attachments.

S/MIME signs one MIME part, byte for byte with CRLF line ends (RFC 8551 3.1); the header fields of
the mail (sender, subject, date) are never covered, whatever a mail program shows. The bytes that
are checked are those of the part as config/mime.py reads it, which the archive's text is made from,
too; where another program may read another mail, nothing is called intact.
"""

from __future__ import annotations

import dataclasses
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from config.mime import Defect, Entity, canonical, parse, payload, stands_elsewhere
from config.transfer import is_known, uuencoded
from signing.conclusions.model import Integrity, Note, Reason
from signing.formats.cms.cms_file import check_cms
from signing.formats.containers.mail_scope import armoured, in_mail, sender_notes
from signing.formats.detached_content import Candidates, harmless
from signing.formats.reader_result import CheckFile, Looked, doubtful, inside, noted, numbered
from signing.formats.report_lines import limited, unread_result

LARGEST = 256 * 2**20  #: bytes of a mail that is read
PARTS = 1000  #: parts of one mail that are looked at
SIGNED = ("application/pkcs7-mime", "application/x-pkcs7-mime")
DETACHED = ("application/pkcs7-signature", "application/x-pkcs7-signature")
NOT_SIGNED_KINDS = ("enveloped", "authenveloped", "compressed")
_PLAIN = ("application/octet-stream",)  #: what some programs call a signature
_USUAL = re.compile(r"[\w-]{1,20}\.p7[ms]", re.ASCII | re.IGNORECASE)
_DASHES = re.compile(rb"(?<![^\r\n])--")
_MARKED = re.compile(rb"(?<![^\n])>From ")


#: RFC 8551 3.5.3.1: beside the part that is shown, a signature has no content of its own.
REPEATED = Note(reason=Reason.READ_LENIENTLY, detail="the signature repeats the signed part")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mail:
    """A mail under check: a whole file, or one that lies in another as message/rfc822."""

    data: bytes
    root: Entity  #: the mail that the part at hand belongs to
    whole: Entity  #: the mail that the file is


def check_mail(data: bytes, check_file: CheckFile) -> tuple[Looked, ...]:
    """All signatures in and on a mail; ``check_file`` looks at an attachment by its content.

    Raises nothing for what the mail holds.
    """
    if len(data) > LARGEST:
        return (_unread(Reason.CHECK_DIED, "larger than is checked here"),)
    root = parse(data)
    if sum(1 for _ in root.walk()) > PARTS or _defective(root, Defect.TOO_DEEP):
        return (_unread(Reason.TOO_MANY_SIGNATURES, f"more than {PARTS} parts, or nested deeply"),)
    with tempfile.TemporaryDirectory(prefix="registratur-mail-") as folder:
        room = Path(folder)
        smime = chain.from_iterable(
            _smime(
                _Mail(data=data, root=mail, whole=root),
                part,
                room / f"smime-{number}.p7m",
                check_file,
            )
            for number, (mail, part) in enumerate(_by_mail(root, root))
        )
        attachments = _attachments(data, root, room, check_file)
        found = limited(chain(smime, attachments), "EML")
    return numbered(found)


def _by_mail(mail: Entity, part: Entity) -> Iterator[tuple[Entity, Entity]]:
    """Every part with the mail (outermost or enclosed) that it belongs to."""
    yield mail, part
    enclosed = part.kind == "message/rfc822"
    for inner in part.parts:
        yield from _by_mail(inner if enclosed else mail, inner)


def _defective(root: Entity, defect: Defect) -> bool:
    return any(defect in part.defects for part in root.walk())


# ------------------------------------------------------------------ S/MIME


def _smime(mail: _Mail, part: Entity, path: Path, check_file: CheckFile) -> Iterator[Looked]:
    """S/MIME on the mail itself, or on a part of it (then the rest is not covered)."""
    if part.kind == "multipart/signed":
        yield from _in_its_mail(mail, part, _clear(mail.data, part, path))
    elif part.kind in SIGNED and part.smime_type.startswith(NOT_SIGNED_KINDS):
        yield _unread(Reason.ENCRYPTED, f"S/MIME {part.smime_type}")
    elif part.kind in SIGNED and part.smime_type != "certs-only":
        path.write_bytes(payload(mail.data, part))
        found = tuple(check_file(path, ()))
        if not found:
            found = (_unread(Reason.UNREADABLE, "an S/MIME message that is none"),)
        yield from _in_its_mail(mail, part, tuple(inside("S/MIME", found)))


def _clear(data: bytes, part: Entity, path: Path) -> tuple[Looked, ...]:
    """multipart/signed (RFC 1847): the first part as it stands, the second part's message."""
    if not _is_cms(part):
        return (_not_checked(part.protocol or "multipart/signed of an unknown kind"),)
    if len(part.parts) != 2 or Defect.BOUNDARY_MISSING in part.defects:
        return (_unread(Reason.UNREADABLE, "multipart/signed without its two parts"),)
    signed, signature = part.parts
    message = payload(data, signature)
    path.write_bytes(canonical(data[signed.start : signed.end]))
    # A message with its own content is measured by the part that is shown.
    shown = Candidates(files=(path,), claimed=(path,), apart=True, forms=True)
    found = check_cms(message, shown, field="S/MIME")
    if found.inner is not None or found.content != path or not _broken(found.signatures):
        repeated = found.inner is not None and found.content == path
        return tuple(noted(looked, REPEATED) if repeated else looked for looked in found.signatures)
    forms = _forms(data, signed, path)
    found = check_cms(message, dataclasses.replace(shown, files=forms), field="S/MIME")
    if found.content in (None, path):
        return found.signatures
    if found.content == forms[-1] != path and _MARKED.search(data, signed.start, signed.end):
        note = Note(reason=Reason.READ_LENIENTLY, detail="lines with From were marked by an mbox")
        return tuple(doubtful(looked, (note,)) for looked in found.signatures)
    note = Note(reason=Reason.READ_LENIENTLY, detail="line ends were signed in another form")
    return tuple(noted(looked, note) for looked in found.signatures)


def _broken(found: Iterable[Looked]) -> bool:
    return any(looked.result.integrity is Integrity.BROKEN for looked in found)


def _forms(data: bytes, signed: Entity, path: Path) -> tuple[Path, ...]:
    """What may have been signed: the part as the norm has it (at ``path`` already), then as some
    programs took it, as it stands or with the line end that belongs to the delimiter. What is read
    is the same."""
    plain = data[signed.start : signed.end]
    unmarked = canonical(_MARKED.sub(b"From ", plain))  # what a mailbox file changed
    forms = dict.fromkeys(
        (canonical(plain), plain, canonical(plain) + b"\r\n", plain + b"\n", unmarked)
    )
    paths = [path, *(path.with_suffix(f".{number}") for number in range(1, len(forms)))]
    for place, form in list(zip(paths, forms, strict=True))[1:]:
        place.write_bytes(form)
    return tuple(paths)


def _is_cms(part: Entity) -> bool:
    """By the protocol that the mail names; where it names none, by the signature's own kind."""
    if part.protocol:
        return part.protocol in DETACHED
    return len(part.parts) == 2 and part.parts[1].kind in DETACHED


def _in_its_mail(mail: _Mail, part: Entity, found: Iterable[Looked]) -> Iterator[Looked]:
    """What a signature on ``part`` stands for in the mail that holds it."""
    notes = tuple(_doubts(mail, part))
    whole = part is mail.whole and not notes
    for looked in found:
        shown = in_mail(doubtful(looked, notes), covers_whole_file=whole)
        yield noted(shown, *sender_notes(mail.root, looked))


def _doubts(mail: _Mail, part: Entity) -> Iterator[Note]:
    """Why a person may have been shown something else than what was signed."""
    seen = {defect for entity in mail.root.walk() for defect in entity.defects}
    ambiguous = sorted(defect.value for defect in seen)
    if part.kind == "multipart/signed" and stands_elsewhere(mail.data, part):
        ambiguous.append(Defect.BOUNDARY_TWICE.value)
    if any(_DASHES.search(mail.data[slice(*each.preamble)]) for each in mail.root.walk()):
        ambiguous.append("what looks like a delimiter stands before the first part")
    if ambiguous:
        yield Note(reason=Reason.MAIL_AMBIGUOUS, detail=", ".join(ambiguous))
    outside = [_label(entity) for entity in (*_shown_outside(mail, part), *_no_signature(part))]
    if outside:
        yield Note(reason=Reason.PART_NOT_COVERED, detail=", ".join(outside)[:300])


def _shown_outside(mail: _Mail, part: Entity) -> Iterator[Entity]:
    """Parts that the signature on ``part`` does not take in, and of which something is shown: their
    content, a name, or a text after the last delimiter."""
    covered = {id(entity) for entity in part.walk()}
    for entity in mail.root.walk():
        content = not entity.multipart and not entity.parts
        held = content and mail.data[entity.body : entity.end].strip()
        outside = id(entity) not in covered and (held or entity.file_name)
        if outside or (entity.multipart and mail.data[slice(*entity.epilogue)].strip()):
            yield entity


def _no_signature(part: Entity) -> Iterator[Entity]:
    """The place of a signature that shows something: by its kind, or by a name of its own."""
    if part.kind == "multipart/signed":
        yield from (each for each in part.parts[1:] if each.kind not in (*DETACHED, *_PLAIN))
        yield from (each for each in (part, *part.parts[1:]) if _tells(each))
    elif _tells(part):
        yield part


def _tells(part: Entity) -> bool:
    """Whether its name, which is in no signature, is another than those that programs give."""
    return bool(part.file_name) and _USUAL.fullmatch(part.file_name or "") is None


def _label(entity: Entity) -> str:
    return entity.file_name or entity.kind


# ------------------------------------------------------------------ attachments


def _attachments(data: bytes, root: Entity, room: Path, check_file: CheckFile) -> Iterator[Looked]:
    """Each attachment by itself; a detached signature may be over another attachment."""
    own = {id(part) for part in _of_smime(root)}
    unsigned = () if own else tuple(_bodies_note(data, root))
    files: list[tuple[Entity, str, Path, bool]] = []
    for number, part in enumerate(root.walk()):
        if part.parts or id(part) in own:
            continue
        if not is_known(part.encoding):
            detail = f"transfer encoding {part.encoding}"[:100]
            yield from inside(_name(part, number), (_unread(Reason.FILE_UNREADABLE, detail),))
        for place, (name, content) in enumerate(_contents(data, part)):
            path = _laid_down(room, name, f"part-{number}-{place}", content)
            in_a_text = _is_text(part) and not name
            files.append((part, (name or f"Teil {number + 1}")[:200], path, in_a_text))
    for part, name, path, in_a_text in files:
        others = tuple(other for _, _, other, _ in files if other != path)
        found = tuple(map(_apart, inside(name, check_file(path, others))))
        if not found and part.kind.startswith("text/"):
            found = tuple(inside(name, armoured(path.read_bytes(), html=part.kind == "text/html")))
        if part.kind == "message/rfc822":  # in base64: shown like one that is not
            doubts = tuple(_doubts(_Mail(data=data, root=root, whole=root), part))
            yield from (doubtful(looked, doubts) for looked in found)
        else:
            yield from map(_in_a_text, found) if in_a_text else _beside(found, unsigned)


def _contents(data: bytes, part: Entity) -> Iterator[tuple[str, bytes]]:
    """Name and content of a part, and of the files that stand in a text."""
    content = payload(data, part)
    if content:
        yield part.file_name or "", content
    if _is_text(part):
        yield from uuencoded(content)


def _bodies_note(data: bytes, root: Entity) -> Iterator[Note]:
    """That the texts of a mail that is not signed itself are no part of its signed attachments."""
    texts = [part.kind for part in root.walk() if _is_text(part) and payload(data, part).strip()]
    if texts:
        yield Note(reason=Reason.PART_NOT_COVERED, detail=", ".join(texts)[:300])


def _apart(looked: Looked) -> Looked:
    """A signed mail within another one is not the whole of what is shown, however it is enclosed."""
    if looked.result.container != "EML":
        return looked
    return in_mail(looked, covers_whole_file=False)


def _beside(found: Iterable[Looked], unsigned: tuple[Note, ...]) -> Iterator[Looked]:
    for looked in found:
        read = looked.result.integrity is not Integrity.UNKNOWN
        yield noted(looked, *unsigned) if read else looked


def _is_text(part: Entity) -> bool:
    """A body, which a person reads as it stands, and no file."""
    text = part.kind.startswith("text/") or (part.multipart and not part.parts)
    return text and not part.file_name and not part.attached


def _in_a_text(looked: Looked) -> Looked:
    note = Note(reason=Reason.MAIL_AMBIGUOUS, detail="a signed message stands in a text")
    return in_mail(doubtful(looked, (note,)), covers_whole_file=False)


def _of_smime(root: Entity) -> Iterator[Entity]:
    """The signatures of S/MIME itself, which mail programs name smime.p7s like an attachment."""
    for part in root.walk():
        if part.kind == "multipart/signed":
            yield from part.parts[1:]
        elif part.kind in SIGNED:
            yield part


def _laid_down(room: Path, name: str, place: str, content: bytes) -> Path:
    """By its own name where that is harmless: a signature is matched to its content by name."""
    folder = room / place
    folder.mkdir()
    path = folder / harmless(name, "unnamed part")
    path.write_bytes(content)
    return path


def _name(part: Entity, number: int) -> str:
    return (part.file_name or f"Teil {number + 1}")[:200]


def _unread(reason: Reason, detail: str) -> Looked:
    return unread_result(
        signature_id="S1",
        field="S/MIME",
        container="EML",
        form="CMS",
        reason=reason,
        detail=detail,
    )


def _not_checked(protocol: str) -> Looked:
    return unread_result(
        signature_id="S1",
        field="S/MIME",
        container="EML",
        form="PGP" if "pgp" in protocol else "MIME",
        reason=Reason.FORMAT_NOT_CHECKED,
        detail=protocol[:100],
        supported=False,
    )
