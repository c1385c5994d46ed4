"""Which reader for which file: the one place that knows all forms."""

from __future__ import annotations

import functools
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from config.filekind import HEAD, SIGNING, FileKind, kind_of, mapped, narrow, zip_starts
from config.signed_messages import closed_content, openpgp_starts
from config.tnef import is_tnef
from config.wrapping import unwrap
from signing.conclusions.model import Kind, Note, Reading, Reason
from signing.detect import Detection, detect
from signing.formats.cms.cms_file import check_cms
from signing.formats.containers.asic import check_asic
from signing.formats.containers.mail import LARGEST as LARGEST_MAIL
from signing.formats.containers.mail import check_mail
from signing.formats.containers.wrapped_files import (
    GZIP,
    check_gzip,
    check_wrapped,
    check_zip,
    holds_signatures,
    own_form,
)
from signing.formats.detached_content import Candidates, among, candidates
from signing.formats.pdf.attached_files import check_attached
from signing.formats.pdf.pdf_file import check_pdf
from signing.formats.reader_result import CheckFile, Looked, doubtful, inside, noted, numbered
from signing.formats.report_lines import unread_result
from signing.formats.xml.embedded_files import check_files
from signing.formats.xml.safe_parser import LARGEST as LARGEST_XML
from signing.formats.xml.xml_file import check_xml

DEPTH = 5  #: files within files
LARGEST_CMS = 512 * 2**20  #: bytes of a CMS message, which is read whole
#: forms that are recognised and not checked: container, format, kind
NOT_CHECKED = {
    "ooxml": ("OOXML", "XMLDSig", Kind.SIGNATURE),
    "odf": ("ODF", "XMLDSig", Kind.SIGNATURE),
    "opc": ("OPC", "XMLDSig", Kind.SIGNATURE),
    "nuget": ("NuGet", "CMS", Kind.SIGNATURE),
    "jar": ("JAR", "CMS", Kind.SIGNATURE),
    "ole": ("OLE", "unknown", Kind.SIGNATURE),
    "jws": ("JSON", "JAdES", Kind.SIGNATURE),
    "ssh": ("SSH", "SSH", Kind.SIGNATURE),
    "openpgp": ("OpenPGP", "PGP", Kind.SIGNATURE),
    "ers": ("ERS", "RFC4998", Kind.EVIDENCE_RECORD),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What a file's reader found, before anybody is trusted."""

    detection: Detection
    looked: tuple[Looked, ...] = ()
    notes: tuple[Note, ...] = ()
    reading: Reading = Reading.STRICT
    contents: tuple[Path, ...] = ()  #: detached content that was used


def look_at(path: Path, content: tuple[Path, ...], depth: int = 0) -> Findings:
    """Read the signatures of one file by its content, whatever its name.

    ``depth``: how many files this one lies in; signed files inside are looked at, too.
    """
    inner = functools.partial(_look_inside, depth=depth + 1)
    detection = detect(path)
    nothing = Findings(detection=detection)
    kind = kind_of(path)
    if kind is FileKind.EML:
        return replace(nothing, looked=_look_at_mail(_start(path, LARGEST_MAIL), inner))
    # The bytes of a member that is not packed stand in the zip as they are, and look like a PDF's.
    if depth and (form := _own_form(path, kind)) in NOT_CHECKED:
        members = check_zip(path, inner, passed_over=SIGNING)
        return replace(nothing, looked=(_not_checked(path, form), *members))
    if depth and _is_plain_zip(path, kind):
        members = check_zip(path, inner)
        if members or not detection.forms:
            return replace(nothing, looked=members)
    if depth and _start(path, 3).startswith(GZIP):
        return replace(nothing, looked=check_gzip(path, inner))
    if depth and is_tnef(_start(path, 4)):
        return replace(nothing, looked=check_wrapped(_start(path, LARGEST_MAIL), inner))
    if kind is FileKind.PDF or detection.forms == ("pdf",):
        seen = check_pdf(path)
        own = any(one.result.kind is not Kind.USAGE_RIGHTS for one in seen.signatures)
        attached = check_attached(path, inner, is_signed=own)
        looked = numbered((*seen.signatures, *attached)) if attached else seen.signatures
        return replace(nothing, looked=looked, reading=seen.reading, notes=seen.notes)
    if detection.forms == ("closed",):
        return replace(nothing, looked=(_closed(path),))
    if detection.forms == ("cms",):
        return _look_at_cms(path, _candidates(path, content, depth), nothing, inner)
    if detection.forms == ("asic",):
        return replace(nothing, looked=_after_a_start(path, check_asic(path, inner)))
    if detection.forms == ("xml",):
        xml = _start(path, LARGEST_XML)
        files = _candidates(path, content, depth).files
        return replace(nothing, looked=check_xml(xml, files, inner))
    if kind is FileKind.XML and not detection.forms:
        return replace(nothing, looked=check_files(_start(path, LARGEST_XML), inner))
    if detection.forms:
        return replace(nothing, looked=(_not_checked(path, detection.forms[0]),))
    return nothing


def _candidates(path: Path, content: tuple[Path, ...], depth: int) -> Candidates:
    """Within another file, what lies beside is told by names alone, not by being the only one."""
    return among(path, content) if depth else candidates(path, content)


def _look_at_mail(data: bytes, inner: CheckFile) -> tuple[Looked, ...]:
    """A mail in wide characters was signed in narrow ones: what holds is another file's signature."""
    plain = narrow(data)
    if plain is data:
        return check_mail(data, inner)
    note = Note(reason=Reason.READ_LENIENTLY, detail="a mail in wide characters")
    return tuple(doubtful(each, (note,)) for each in check_mail(plain, inner))


def _look_at_cms(path: Path, contents: Candidates, nothing: Findings, inner: CheckFile) -> Findings:
    if path.stat().st_size > LARGEST_CMS:
        note = Note(reason=Reason.CHECK_DIED, detail="larger than is checked here")
        return replace(nothing, notes=(note,))
    checked = check_cms(path.read_bytes(), contents)
    looked = checked.signatures
    if checked.inner:
        with tempfile.TemporaryDirectory(prefix="registratur-cms-") as folder:
            held = Path(folder) / "content"
            held.write_bytes(checked.inner)
            looked = numbered((*looked, *inside("Inhalt", inner(held, ()))))
    used = () if checked.content is None else (checked.content,)
    return replace(nothing, looked=looked, contents=used)


def _own_form(path: Path, kind: FileKind) -> str:
    is_zip = kind in (FileKind.OTHER, FileKind.ASIC) and _start(path, 2).startswith(b"PK")
    return (is_zip and own_form(path)) or ""


def _is_plain_zip(path: Path, kind: FileKind) -> bool:
    if kind not in (FileKind.OTHER, FileKind.ASIC) or not _start(path, 2).startswith(b"PK"):
        return False
    return kind is FileKind.OTHER or not holds_signatures(path)


def _after_a_start(path: Path, looked: tuple[Looked, ...]) -> tuple[Looked, ...]:
    """Signatures of a container with other bytes before it, which no signature takes in."""
    with mapped(path) as data:
        before = bytes(data[: zip_starts(bytes(data[:HEAD])) or 0])
    if not before:
        return looked
    note = Note(reason=Reason.READ_LENIENTLY, detail=f"{len(before)} bytes before the container")
    blank = not before.removeprefix(b"\xef\xbb\xbf").strip(b" \t\r\n\0")
    return tuple(noted(each, note) if blank else doubtful(each, (note,)) for each in looked)


def _look_inside(path: Path, others: tuple[Path, ...], *, depth: int) -> tuple[Looked, ...]:
    """The signatures of a file within a file; nothing where it is not signed."""
    if depth > DEPTH:
        return (_unread(Reason.CHECK_DIED, f"nested more than {DEPTH} times"),)
    found = look_at(path, others, depth)
    if found.looked or not found.detection.signed:
        return found.looked
    said = "; ".join(f"{note.reason.value} {note.detail}" for note in found.notes)
    return (_unread(Reason.TRACE_ONLY, said[:300]),)


def _unread(reason: Reason, detail: str) -> Looked:
    return unread_result(
        signature_id="S1",
        field=None,
        container="unknown",
        form="unknown",
        reason=reason,
        detail=detail,
    )


def _start(path: Path, most: int) -> bytes:
    """The file in memory, and one byte more than ``most`` where it is larger."""
    with path.open("rb") as file:
        return file.read(most + 1)


def _closed(path: Path) -> Looked:
    """An enciphered or compressed message: a signature may be within."""
    head = _start(path, HEAD)
    what = closed_content(unwrap(head, whole=len(head) <= HEAD).data)
    return unread_result(
        signature_id="S1",
        field=None,
        container="CMS",
        form="CMS",
        reason=Reason.ENCRYPTED,
        detail=f"CMS, {what}",
    )


def _not_checked(path: Path, form: str) -> Looked:
    detail = "signed, not checkable here"
    if form == "openpgp" and openpgp_starts(_start(path, HEAD)) == "message":
        detail = "signed or enciphered, not checkable here"
    container, standard, kind = NOT_CHECKED[form]
    return unread_result(
        signature_id="S1",
        field=None,
        container=container,
        form=standard,
        kind=kind,
        reason=Reason.FORMAT_NOT_CHECKED,
        detail=detail,
        supported=False,
    )
