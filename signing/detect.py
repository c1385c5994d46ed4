"""Is this file signed, and in which form? Asked before anything may convert it (promise 3).

Reads bytes, parses no structure: one pass, bounded memory, safe on hostile files in the service's
own process. What kind of file it is, the intake asks in the same place (``config.filekind``). It
errs towards "signed": a false alarm costs a validation, a miss a signature.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from config.filekind import (
    HEAD,
    SMIME,
    Data,
    FileKind,
    has_pdf_parts,
    is_markup,
    kind_of_data,
    mapped,
    narrow,
    pdf_starts,
    signed_members,
)
from config.other_signatures import other_signature
from config.signed_messages import closed_content, is_evidence_record, openpgp_starts
from config.wrapping import has_traces, unwrap
from signing.formats.pdf.byte_ranges import byte_ranges, name_pattern
from signing.formats.xml.signature_traces import (
    EBCDIC,
    files_within,
    names_evidence,
    names_signature,
    plain_text,
)

HEADER_LIMIT = 256 * 1024  #: bytes of a mail or XML head that are looked at

SIG_TYPE = re.compile(name_pattern("Type") + rb"[\0\t\n\f\r ]{0,64}" + name_pattern("Sig"))
DOC_TIMESTAMP = re.compile(
    name_pattern("Type") + rb"[\0\t\n\f\r ]{0,64}" + name_pattern("DocTimeStamp")
)
#: What a signature dictionary says of its message (ISO 32000-2, 12.8.3), and the message itself in
#: the digits of /Contents: a file that was cut off there was signed all the same.
SIG_FILTER = re.compile(
    name_pattern("SubFilter")
    + rb"[\0\t\n\f\r ]{0,64}/(?:adbe\.(?:pkcs7|x509)|ETSI\.(?:CAdES|RFC3161))"
    rb"|<30[0-9A-F\s]{2,40}06092A864886F70D010702",
    re.IGNORECASE,
)
SIG_FIELD = re.compile(name_pattern("FT") + rb"[\0\t\n\f\r ]{0,64}" + name_pattern("Sig"))
SIGNATURES_EXIST = re.compile(name_pattern("SigFlags") + rb"[\0\t\n\f\r ]{0,64}\d*[13579](?!\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """``forms``: where signatures, or places for them, were seen: pdf, cms, smime, asic, xml,
    ooxml, odf, opc, nuget, jar, ole, jws, ssh, ers, openpgp, closed (a message that cannot be looked
    into). ``signed``: there is a signature, not only an empty place. ``fields``: number of signature
    dictionaries seen in a PDF, None elsewhere."""

    forms: tuple[str, ...] = ()
    signed: bool = False
    fields: int | None = None


def detect(path: Path) -> Detection:
    """Look at one file. Raises OSError where the file cannot be read, nothing else."""
    with mapped(path) as data:
        return _of_data(data)


def _of_data(data: Data) -> Detection:
    kind = kind_of_data(data)
    found = _READERS.get(kind, _anything)(data)
    if found.forms or kind is FileKind.PDF:
        return found
    # A file of two minds: something else first, a PDF for PDF viewers. Some of them show a
    # PDF without its first line, too.
    also = pdf_starts(bytes(data[:HEAD])) is not None or (
        kind is FileKind.OTHER and has_pdf_parts(data)
    )
    return _pdf(data) if also else found


def _pdf(data: Data) -> Detection:
    ranges = sum(1 for _ in byte_ranges(data))
    filled = bool(ranges or SIG_TYPE.search(data) or DOC_TIMESTAMP.search(data))
    filled = filled or bool(SIG_FILTER.search(data))
    flagged = bool(SIGNATURES_EXIST.search(data))
    places = filled or flagged or bool(SIG_FIELD.search(data))
    return Detection(forms=("pdf",) if places else (), signed=filled, fields=ranges)


def _zip(data: Data) -> Detection:
    form = signed_members(data)
    return Detection(forms=(form,), signed=True) if form else Detection()


def _mail(data: Data) -> Detection:
    # All of it: another mail may follow the first one (in an mbox), or lie in it as it is.
    found = SMIME.search(narrow(bytes(data[:HEADER_LIMIT]))) or SMIME.search(data)
    return Detection(forms=("smime",), signed=True) if found else Detection()


def _xml(data: Data) -> Detection:
    text = plain_text(data)
    if names_signature(text):
        return Detection(forms=("xml",), signed=True)
    if any(_of_data(each).signed for each in files_within(text)):
        return Detection(forms=("xml",), signed=True)
    if names_evidence(text):
        return Detection(forms=("ers",), signed=True)
    return Detection()


def _message(data: Data) -> Detection:
    head = bytes(data[:HEAD])
    if not head:
        return Detection()
    unwrapped = unwrap(head, whole=len(data) <= HEAD)
    if unwrapped.is_signed:
        return Detection(forms=("cms",), signed=True)
    if closed_content(unwrapped.data):
        return Detection(forms=("closed",), signed=True)
    if is_evidence_record(unwrapped.data):
        return Detection(forms=("ers",), signed=True)
    if openpgp_starts(narrow(head)):
        return Detection(forms=("openpgp",), signed=True)
    return Detection(forms=("cms",), signed=True) if has_traces(head) else Detection()


def _other(data: Data) -> Detection:
    form = other_signature(data, bytes(data[:HEAD]))
    return Detection(forms=(form,), signed=True) if form else Detection()


def _anything(data: Data) -> Detection:
    """A kind that the intake does not take, or a picture: every trace counts."""
    readers: list[Callable[[Data], Detection]] = [_message, _other]
    if bytes(data[:2]) == b"PK":
        readers.insert(0, _zip)
    if is_markup(bytes(data[:HEAD])) or bytes(data[:5]) == EBCDIC:
        readers.insert(0, _xml)
    return next((found for read in readers if (found := read(data)).forms), Detection())


_READERS: dict[FileKind, Callable[[Data], Detection]] = {
    FileKind.PDF: _pdf,
    FileKind.ASIC: _zip,
    FileKind.EML: _mail,
    FileKind.XML: _xml,
    FileKind.P7S: _message,
    FileKind.P7M: _message,
    FileKind.TIMESTAMP: _message,
    FileKind.EVIDENCE_RECORD: _message,
    FileKind.OPENPGP: _message,
}
