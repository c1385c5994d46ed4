"""The signatures of one PDF: every field, every byte range that no field has, each by itself."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path

from pyhanko.pdf_utils import generic, misc

from config.filekind import Data, mapped
from signing.conclusions.conclusion_table import Check, Coverage, IntegrityFacts, Modification
from signing.conclusions.model import Kind, Note, Reading, Reason
from signing.errors import UnreadableSignature
from signing.formats.cms.signed_data import (
    TST_INFO,
    ContentDigest,
    Message,
    SignerCheck,
    check_signer,
    read_message,
)
from signing.formats.cms.timestamps import Token, check_token, tokens_of
from signing.formats.cms.validation_material import Material, material_of
from signing.formats.pdf.byte_ranges import ByteRange, byte_ranges, hole, is_standard, ranges_digest
from signing.formats.pdf.changes.drawn_over_pages import nothing_hidden
from signing.formats.pdf.changes.later_changes import Later, coverage_of, what_came_later
from signing.formats.pdf.changes.page_agreement import pages_agree
from signing.formats.pdf.legacy_rsa import raw_rsa_check
from signing.formats.pdf.reader import (
    ENGINE_ERRORS,
    FilledField,
    OpenPdf,
    filled_fields,
    open_pdf,
    unlisted,
)
from signing.formats.pdf.security_store import dss_material
from signing.formats.pdf.unlisted_signatures import other_anchors
from signing.formats.reader_result import Looked
from signing.formats.report_lines import limited, signer_result, unread_result

DOC_TIMESTAMP = "/ETSI.RFC3161"
PKCS7_SHA1 = "/adbe.pkcs7.sha1"
X509_RSA = "/adbe.x509.rsa_sha1"
JUNK = 4096  #: bytes in which the head of the file is looked for
FORMS = {
    "/ETSI.CAdES.detached": "PAdES",
    "/ETSI.RFC3161": "RFC3161",
    "/adbe.pkcs7.detached": "PDF",
    PKCS7_SHA1: "PDF",
    X509_RSA: "PDF",
}


@dataclass(frozen=True, slots=True)
class PdfSignatures:
    """What was found in one PDF."""

    signatures: tuple[Looked, ...]
    reading: Reading
    notes: tuple[Note, ...]


def check_pdf(path: Path) -> PdfSignatures:
    """Look at all signatures of a PDF. A file that cannot be read gives notes, no error."""
    with mapped(path) as data, path.open("rb") as stream:
        try:
            opened, notes = open_pdf(stream)
            if opened is None and _is_plain_among_junk(data):
                return PdfSignatures((), Reading.LENIENT, ())
            return _check(data, opened, notes)
        except misc.PdfStrictReadError as refusal:
            return _check(data, *open_pdf(stream, refused=str(refusal)[:300]))


def _is_plain_among_junk(data: Data) -> bool:
    """A file with other bytes before its head or behind its end (ISO 32000-1, 7.5.2 and 7.5.5), and
    without any signature.

    Only that is said of it: such bytes are no reason to doubt that nothing is signed.
    """
    start = max(0, bytes(data[:JUNK]).find(b"%PDF-"))
    last = data.rfind(b"%%EOF")
    end = len(data) if last < 0 else last + len(b"%%EOF")
    if (start, end) == (0, len(data)) or next(byte_ranges(data), None) is not None:
        return False
    opened, _ = open_pdf(io.BytesIO(data[start:end]))
    if opened is None or not opened.readable:
        return False
    fields, notes = _fields(opened)
    return not fields and not notes


def _check(data: Data, opened: OpenPdf | None, notes: tuple[Note, ...]) -> PdfSignatures:
    fields, more = _fields(opened)
    if opened is not None and opened.readable and next(_hidden(fields, data), None) is not None:
        fields += other_anchors(opened, fields)
    hidden = _hidden(fields, data)
    check = _Checker(data, opened)
    listed = (check.field(number, field) for number, field in enumerate(fields, 1))
    others = (
        check.hidden(number, written) for number, written in enumerate(hidden, len(fields) + 1)
    )
    results = limited(chain(listed, others), "PDF")
    if not results and next(byte_ranges(data), None) is not None:
        more += (Note(reason=Reason.TRACE_ONLY, detail="/ByteRange without a signature"),)
    return PdfSignatures(results, opened.reading if opened else Reading.LENIENT, (*notes, *more))


def _hidden(fields: list[FilledField], data: Data) -> Iterator[ByteRange]:
    return (each for each in unlisted(fields, byte_ranges(data)) if _is_real(data, each))


def _fields(opened: OpenPdf | None) -> tuple[list[FilledField], tuple[Note, ...]]:
    if opened is None or not opened.readable:
        return [], ()
    found: list[FilledField] = []
    try:
        found.extend(filled_fields(opened))
    except ENGINE_ERRORS as error:
        detail = f"{type(error).__name__}: {error}"[:300]
        return found, (Note(reason=Reason.TRACE_ONLY, detail=detail),)
    return found, ()


def _is_real(data: Data, written: ByteRange) -> bool:
    """A byte range of this file, not one of a signed PDF that lies in it as an attachment."""
    return is_standard(written.numbers, len(data)) and hole(data, written.numbers) is not None


class _Checker:
    """One PDF under check."""

    def __init__(self, data: Data, opened: OpenPdf | None) -> None:
        self.data = data
        self.opened = opened
        self.material = Material() if opened is None else dss_material(opened)
        self._pages: dict[int, tuple[Check, str]] = {}
        self._shown: dict[int, tuple[Check, str]] = {}

    def field(self, number: int, field: FilledField) -> Looked:
        """A signature that a field of the document names."""
        form = FORMS.get(field.sub_filter, "PDF")
        if field.numbers is None or field.contents is None:
            return self._unread(number, field, Reason.UNREADABLE, field.detail)
        if not field.contents.strip(b"\0"):
            return self._unread(number, field, Reason.EMPTY_CONTENTS, "/Contents holds no data")
        if any(n < 0 for n in field.numbers) or len(field.numbers) % 2:
            return self._unread(number, field, Reason.UNREADABLE, f"byte range {field.numbers}")
        try:
            return self._read(number, field, form)
        except misc.PdfStrictReadError:
            raise  # the whole file is read again, leniently
        except (UnreadableSignature, *ENGINE_ERRORS) as error:
            said = f"{type(error).__name__}: {error}"[:300]
            return self._unread(number, field, Reason.UNREADABLE, said)

    def hidden(self, number: int, written: ByteRange) -> Looked:
        """A signature in the bytes that the document as it is now does not name."""
        contents = hole(self.data, written.numbers)
        field = FilledField("", None, None, None, written.numbers, contents, "")
        result = self.field(number, field)
        return dataclasses.replace(result, result=dataclasses.replace(result.result, field=None))

    def _unread(self, number: int, field: FilledField, reason: Reason, detail: str) -> Looked:
        return unread_result(
            signature_id=f"S{number}",
            field=field.name or None,
            container="PDF",
            form=FORMS.get(field.sub_filter, "PDF"),
            reason=reason,
            detail=detail,
            byte_range=field.numbers,
        )

    def _read(self, number: int, field: FilledField, form: str) -> Looked:
        assert field.numbers is not None and field.contents is not None
        facts, notes = self._file_facts(field)
        if field.sub_filter == X509_RSA:
            structure, check = Check.HOLDS, raw_rsa_check(self.data, field)
            message = None
        else:
            message = read_message(field.contents)
            structure, check = self._signer(message, field)
        if message is not None and message.content_type == TST_INFO:
            form = "RFC3161"
        return signer_result(
            signature_id=f"S{number}",
            field=field.name or None,
            container="PDF",
            form=form,
            facts=dataclasses.replace(facts, structure=structure),
            check=check,
            covers_whole_file=facts.coverage is Coverage.WHOLE_FILE,
            kind=_kind(field, form),
            signing_time=_claimed_time(field),
            tokens=() if message is None else self._tokens(message, check),
            material=self.material if message is None else self.material + material_of(message),
            byte_range=field.numbers,
            notes=notes,
        )

    def _digest(self, field: FilledField) -> ContentDigest:
        numbers = field.numbers or ()
        return lambda name: ranges_digest(self.data, numbers, name)

    def _signer(self, message: Message, field: FilledField) -> tuple[Check, SignerCheck]:
        """Digest and value. The kind is told by the content, not by /Type (traps 6 and 8)."""
        digest = self._digest(field)
        if message.content_type == TST_INFO:
            token = check_token(message, digest)
            merged = _worse(token.imprint, token.signer.digest)
            return Check.HOLDS, dataclasses.replace(
                token.signer, digest=merged, signing_time=token.time
            )
        if field.sub_filter == PKCS7_SHA1 and message.content is not None:
            same = message.content == digest("sha1")
            checks = [check_signer(message, s, message.content_digest) for s in message.signers]
            outer = Check.HOLDS if same else Check.FAILS
            checks = [dataclasses.replace(c, digest=_worse(outer, c.digest)) for c in checks]
            return Check.HOLDS, _worst_signer(checks)
        structure = Check.HOLDS if message.content is None else Check.FAILS
        checks = [check_signer(message, signer, digest) for signer in message.signers]
        return structure, _worst_signer(checks)

    def _tokens(self, message: Message, check: SignerCheck) -> tuple[Token, ...]:
        if not message.signers:
            return ()
        return tokens_of(message.signers[0], check.signature)

    def _file_facts(self, field: FilledField) -> tuple[IntegrityFacts, tuple[Note, ...]]:
        assert field.numbers is not None and field.contents is not None
        anchored = field.dictionary is not None or not self._can_list()
        coverage, detail = coverage_of(self.data, field.numbers, field.contents)
        if coverage is Coverage.WHOLE_FILE:
            return (
                IntegrityFacts(
                    coverage=coverage,
                    anchored=anchored,
                    trailing=Check.HOLDS,
                    modification=Modification.NONE,
                    allowed=Check.HOLDS,
                    pages=Check.HOLDS,
                    parts=Check.HOLDS,
                ),
                (),
            )
        notes = (Note(reason=Reason.NOT_WHOLE_REVISION, detail=detail),)
        if coverage is Coverage.PARTIAL:
            return IntegrityFacts(coverage=coverage, anchored=anchored), notes
        return self._later_facts(field, anchored)

    def _can_list(self) -> bool:
        return self.opened is not None and self.opened.readable

    def _later_facts(
        self, field: FilledField, anchored: bool
    ) -> tuple[IntegrityFacts, tuple[Note, ...]]:
        assert field.numbers is not None
        end = field.numbers[2] + field.numbers[3]
        if self.opened is None or not self.opened.readable:
            return self._unreadable_facts(end, anchored)
        later = what_came_later(self.data, field.numbers, field, self.opened.reader)
        pages, said = self._page_check(end, later)
        shown, hides = self._shown_check(end, later, pages)
        facts = IntegrityFacts(
            coverage=later.coverage,
            anchored=anchored,
            trailing=later.trailing,
            modification=later.modification,
            allowed=later.allowed,
            pages=_worse(pages, shown),
            parts=Check.HOLDS,
            harmless=later.harmless,
        )
        return facts, _change_notes(later, said, hides)

    def _unreadable_facts(
        self, end: int, anchored: bool
    ) -> tuple[IntegrityFacts, tuple[Note, ...]]:
        """The whole cannot be read. Where the signed part alone can, what follows is foreign."""
        trailing = Check.UNKNOWN
        note = Note(reason=Reason.CHANGES_UNKNOWN, detail="the file's revisions cannot be read")
        if self.opened is None and open_pdf(io.BytesIO(self.data[:end]))[0] is not None:
            trailing = Check.FAILS
            detail = "the bytes after the signed range make the file unreadable"
            note = Note(reason=Reason.TRAILING_BYTES, detail=detail)
        facts = IntegrityFacts(coverage=Coverage.REVISION, anchored=anchored, trailing=trailing)
        return facts, (note,)

    def _page_check(self, end: int, later: Later) -> tuple[Check, str]:
        if later.modification is Modification.NONE and later.trailing is Check.HOLDS:
            return Check.HOLDS, ""
        if end not in self._pages:
            self._pages[end] = pages_agree(self.data, end)
        return self._pages[end]

    def _shown_check(self, end: int, later: Later, pages: Check) -> tuple[Check, str]:
        """Only where the pages themselves are the signed ones and something came later."""
        if later.modification is Modification.NONE or pages is not Check.HOLDS:
            return Check.HOLDS, ""
        if end not in self._shown:
            self._shown[end] = nothing_hidden(self.data, end)
        return self._shown[end]


def _kind(field: FilledField, form: str) -> Kind | None:
    if field.usage_rights:
        return Kind.USAGE_RIGHTS
    return Kind.DOC_TIMESTAMP if form == "RFC3161" else None


def _change_notes(later: Later, pages: str, hides: str) -> tuple[Note, ...]:
    """The engine's words, filed under the reason that they explain."""
    found = (
        (later.coverage is Coverage.PARTIAL, Reason.NOT_WHOLE_REVISION, later.detail),
        (later.trailing is Check.FAILS, Reason.TRAILING_BYTES, later.detail),
        (bool(pages), Reason.PAGES_DIFFER, pages),
        (bool(hides), Reason.MAY_HIDE, hides),
        (later.harmless, Reason.HARMLESS_CAUSE, later.detail),
        (
            later.modification is Modification.OTHER and not later.harmless,
            Reason.CHANGED_AFTER_SIGNING,
            later.detail,
        ),
        (later.modification is Modification.UNKNOWN, Reason.CHANGES_UNKNOWN, later.detail),
    )
    return tuple(Note(reason=reason, detail=said) for applies, reason, said in found if applies)


def _worse(*checks: Check) -> Check:
    for check in (Check.FAILS, Check.UNKNOWN):
        if check in checks:
            return check
    return Check.HOLDS


def _worst_signer(checks: list[SignerCheck]) -> SignerCheck:
    """Of several SignerInfos in one signature the worst counts."""
    if not checks:
        raise UnreadableSignature("a signature without a signer")
    order = (Check.FAILS, Check.UNKNOWN, Check.HOLDS)

    def badness(check: SignerCheck) -> tuple[int, int]:
        return order.index(_worse(check.digest, check.value)), order.index(check.algorithms)

    return min(checks, key=badness)


def _claimed_time(field: FilledField) -> datetime | None:
    """/M of the dictionary, where the message itself names no time."""
    try:
        if field.dictionary is None or "/M" not in field.dictionary:
            return None
        return generic.parse_pdf_date(str(field.dictionary["/M"]), strict=False)
    except ENGINE_ERRORS:
        return None
