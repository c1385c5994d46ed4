"""Is this file signed, and in which form? Asked before anything may convert it (promise 3).

Reads bytes, parses no structure: one pass, bounded memory, safe on hostile files in the service's
own process. It errs towards "signed": a false alarm costs a validation, a miss a signature.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from config.mime import begin
from signing.der import read
from signing.errors import UnreadableSignature
from signing.pdf_bytes import Data, byte_ranges, mapped, name_pattern
from signing.wrapping import HEAD as WRAPPED_WITHIN
from signing.wrapping import unwrap

HEAD = 4096
HEADER_LIMIT = 256 * 1024  #: bytes of a mail or XML head that are looked at
ZIP_WITHIN = 1024  #: bytes within which a container may begin
PDF_WITHIN = 1024  #: bytes within which viewers accept the head of a PDF

EVIDENCE_RECORD = re.compile(rb"\x30[\x80-\x84][\x00-\xff]{0,4}?\x02\x01\x01\x30")
PDF_HEAD = re.compile(rb"%PDF-\d")
SIG_TYPE = re.compile(name_pattern("Type") + rb"[\0\t\n\f\r ]{0,64}" + name_pattern("Sig"))
DOC_TIMESTAMP = re.compile(
    name_pattern("Type") + rb"[\0\t\n\f\r ]{0,64}" + name_pattern("DocTimeStamp")
)
SIG_OPENPGP = re.compile(rb"^-----BEGIN PGP SIGN(?:ED MESSAGE|ATURE)-----", re.MULTILINE)
SIG_FIELD = re.compile(name_pattern("FT") + rb"[\0\t\n\f\r ]{0,64}" + name_pattern("Sig"))
SIGNATURES_EXIST = re.compile(name_pattern("SigFlags") + rb"[\0\t\n\f\r ]{0,64}\d*[13579](?!\d)")
OOXML_NAME = re.compile(rb"_xmlsignatures/", re.IGNORECASE)
ODF_NAME = re.compile(rb"META-INF/(?:document|macro)signatures\.xml", re.IGNORECASE)
ASIC_NAME = re.compile(
    rb"META-INF/[^\x00-\x1f/]{0,200}?"
    rb"(?:\.p7s|\.p7m|\.tst|\.ers|signatures?[^\x00-\x1f/]{0,100}?\.xml|evidencerecord)",
    re.IGNORECASE,
)
SMIME = re.compile(
    rb"^content-type:(?:[^\n]|\n[ \t])*?"
    rb"(?:multipart/signed|application/(?:x-)?pkcs7-(?:mime|signature))",
    re.IGNORECASE | re.MULTILINE,
)
OPENPGP = re.compile(rb"^-----BEGIN PGP SIGN(?:ED MESSAGE|ATURE)-----", re.MULTILINE)
XML_SIGNATURE = re.compile(rb"http://www\.w3\.org/2000/09/xmldsig#|urn:oid:1\.0\.14533|\bxmldsig\b")
XML_ELEMENT = re.compile(rb"<(?:[A-Za-z_][\w.-]{0,100}:)?Signature[\s>]")
XML_EVIDENCE = re.compile(rb"<(?:[A-Za-z_][\w.-]{0,100}:)?EvidenceRecord[\s>]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """``forms``: where signatures, or places for them, were seen: pdf, cms, smime, asic, xml,
    ooxml, odf, ers. ``signed``: there is a signature, not only an empty place. ``fields``: number
    of signature dictionaries seen in a PDF, None elsewhere."""

    forms: tuple[str, ...] = ()
    signed: bool = False
    fields: int | None = None


def detect(path: Path) -> Detection:
    """Look at one file. Raises OSError where the file cannot be read, nothing else."""
    with mapped(path) as data:
        head = bytes(data[:HEAD])
        kind = kind_of(head)
        found = _READERS[kind](data)
        if not found.forms and kind == "zip":
            found = _asn1(data)  # a message after noise, about a zip
        if found.forms or kind == "pdf":
            return found
        # A file of two minds: something else first, a PDF for PDF viewers. Some of them show a
        # PDF without its first line, too.
        also = PDF_HEAD.search(head[:PDF_WITHIN]) or (kind == "asn1" and _has_pdf_parts(data))
        return _pdf(data) if also else found


def zip_starts(head: bytes) -> int | None:
    """Where a zip begins that has other bytes before it, which most programs pass over."""
    at = head.find(b"PK\x03\x04", 0, ZIP_WITHIN)
    return at if at >= 0 else None


def _has_pdf_parts(data: Data) -> bool:
    return data.find(b"endobj") >= 0 and next(byte_ranges(data), None) is not None


def kind_of(head: bytes) -> str:
    """pdf, zip, asn1, mail or xml, by the first bytes; asn1 also where nothing fits."""
    if head.startswith(b"%PDF-"):
        return "pdf"
    if head.startswith(b"PK"):
        return "zip"
    if head.startswith(b"\x30"):
        return "asn1"
    if is_mail(head):
        return "mail"
    if _is_xml(head):
        return "xml"
    if not head.startswith(b"\x30") and zip_starts(head) is not None:
        return "zip"
    return "pdf" if PDF_HEAD.search(head[:PDF_WITHIN]) else "asn1"


def _pdf(data: Data) -> Detection:
    ranges = sum(1 for _ in byte_ranges(data))
    filled = bool(ranges or SIG_TYPE.search(data) or DOC_TIMESTAMP.search(data))
    flagged = bool(SIGNATURES_EXIST.search(data))
    places = filled or flagged or bool(SIG_FIELD.search(data))
    return Detection(forms=("pdf",) if places else (), signed=filled, fields=ranges)


def _zip(data: Data) -> Detection:
    """By the members' names, which stand in the file as they are; nothing is unpacked."""
    if OOXML_NAME.search(data):
        return Detection(forms=("ooxml",), signed=True)
    if ODF_NAME.search(data):
        return Detection(forms=("odf",), signed=True)
    return Detection(forms=("asic",), signed=True) if ASIC_NAME.search(data) else Detection()


def is_mail(head: bytes) -> bool:
    """A message with header fields (RFC 5322). Its attachments are not looked into here."""
    return begin(head) is not None


def _mail(data: Data) -> Detection:
    found = SMIME.search(data[:HEADER_LIMIT])
    return Detection(forms=("smime",), signed=True) if found else Detection()


def _is_xml(head: bytes) -> bool:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = head.decode("utf-16", "ignore").encode("utf-8", "replace").lstrip()
    return text.startswith(b"<")


def _xml(data: Data) -> Detection:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        data = bytes(data).replace(b"\0", b"")
    if XML_EVIDENCE.search(data):
        return Detection(forms=("ers",), signed=True)
    if XML_SIGNATURE.search(data) and XML_ELEMENT.search(data):
        return Detection(forms=("xml",), signed=True)
    return Detection()


def _asn1(data: Data) -> Detection:
    head = bytes(data[:WRAPPED_WITHIN])
    if not head:
        return Detection()
    unwrapped = unwrap(head, whole=len(head) < WRAPPED_WITHIN)
    plain = unwrapped.data
    if EVIDENCE_RECORD.match(plain) and _is_evidence_record(plain):
        return Detection(forms=("ers",), signed=True)
    if unwrapped.is_signed:
        return Detection(forms=("cms",), signed=True)
    if OPENPGP.search(head):
        return Detection(forms=("openpgp",), signed=True)
    return Detection()


def _is_evidence_record(plain: bytes) -> bool:
    """EvidenceRecord ::= SEQUENCE { version 1, SEQUENCE OF AlgorithmIdentifier, ... }."""
    size = plain[1] & 0x7F if plain[1] > 0x80 else 0
    try:
        version = read(plain, 2 + size)
    except UnreadableSignature:
        return False
    return version.tag == b"\x02" and plain[version.start : version.end] == b"\x01"


_READERS: dict[str, Callable[[Data], Detection]] = {
    "pdf": _pdf,
    "zip": _zip,
    "mail": _mail,
    "xml": _xml,
    "asn1": _asn1,
}
