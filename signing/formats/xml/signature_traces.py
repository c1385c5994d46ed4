"""Traces of signatures in an XML document, by its bytes: names in any spelling, and files in base64.

Nothing is parsed here, so that a damaged document counts as well.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import re
from collections.abc import Iterator

from config.filekind import Data, narrow

NAME = rb"<(?:[^\s<>/:=\"'&]+:)?"  #: the beginning of a tag, its prefix of any length and alphabet
SIGNATURE = re.compile(
    rb"http://www\.w3\.org/2000/09/xmldsig#|urn:oid:1\.0\.14533|\bxmldsig\b"
    rb"|" + NAME + rb"SignatureValue[\s>/]"
)
ELEMENT = re.compile(NAME + rb"Signature[\s>/]")
#: a signature in base64 (OASIS DSS 1.0, 2.5), as in the packages of BSI TR-03125
CODED_SIGNATURE = re.compile(NAME + rb"Base64Signature[\s>/]")
EVIDENCE_NAME = re.compile(NAME + rb"EvidenceRecord[\s>/]")
CODED_EVIDENCE = re.compile(NAME + rb"(?:asn1|xml)EvidenceRecord[\s>/]")
ERS = b"urn:ietf:params:xml:ns:ers"  #: RFC 6283
ENTITY = re.compile(rb"<!ENTITY\s")
REFERENCE = b"&#"  #: a letter by its number, in a name of a namespace or in an entity
#: the first letters of files in base64: PDF, zip, a structure in DER, armour, a mail, other XML
FILE = re.compile(
    rb"(?<![A-Za-z0-9+/])(?:JVBERi0|UEsDB|MI[A-Za-z0-9+/]|LS0tLS1CRUdJTi|RnJvbTo|UmVjZWl2ZWQ6"
    rb"|UmV0dXJuLVBhdGg6|TUlNRS1WZXJzaW9u|Q29udGVudC1UeXBl|(?:77u/)?P[A-P][A-Za-z0-9+/])"
    rb"[A-Za-z0-9+/]{20}[A-Za-z0-9+/\s]*={0,2}"
)
EBCDIC = b"\x4c\x6f\xa7\x94\x93"  #: "<?xml" (XML 1.0, appendix F)


def plain_text(data: Data) -> Data:
    """The document with one byte a letter, as far as its names go."""
    head = bytes(data[:5])
    if head == EBCDIC:
        return bytes(data).decode("cp037", "replace").encode()
    for mark, name in (
        (b"<\0\0\0", "utf-32-le"),
        (b"\0\0\0<", "utf-32-be"),
        (b"<\0", "utf-16-le"),
        (b"\0<", "utf-16-be"),
    ):
        if head.startswith(mark):
            return bytes(data).decode(name, "replace").encode()
    return narrow(bytes(data)) if head[:2] in (b"\xff\xfe", b"\xfe\xff", b"\0\0") else data


def names_signature(text: Data) -> bool:
    """Whether there is a signature of XML, or one in base64."""
    if CODED_SIGNATURE.search(text):
        return True
    return SIGNATURE.search(text) is not None and bool(
        ELEMENT.search(text) or (ENTITY.search(text) and text.find(REFERENCE) >= 0)
    )


def names_evidence(text: Data) -> bool:
    """Whether there is an evidence record; a word that is called alike is none."""
    if CODED_EVIDENCE.search(text):
        return True
    spaced = text.find(ERS) >= 0 or text.find(REFERENCE) >= 0
    return spaced and EVIDENCE_NAME.search(text) is not None


def files_within(text: Data) -> Iterator[bytes]:
    """What stands in base64 and begins like a file."""
    for found in FILE.finditer(text):
        digits = b"".join(found[0].split()).rstrip(b"=")
        if len(digits) % 4 == 1:
            digits = digits[:-1]
        with contextlib.suppress(binascii.Error):
            yield base64.b64decode(digits + b"=" * (-len(digits) % 4))
