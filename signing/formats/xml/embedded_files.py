"""What an XML document holds besides its own signatures: signed files, evidence, coded signatures.

Invoices and messages carry files in base64; packages of BSI TR-03125 carry signatures and evidence
records beside them. Files are looked at like the attachments of a mail; the others are recognised.
"""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from signing.conclusions.model import Kind, Note, Reason
from signing.errors import UnreadableSignature
from signing.formats.reader_result import CheckFile, Looked, doubtful, inside, numbered
from signing.formats.report_lines import unread_result
from signing.formats.xml.safe_parser import ds, elements, parse_xml, text_of
from signing.formats.xml.signature_traces import ERS, files_within

CODED_SIGNATURE = "Base64Signature"
CODED_EVIDENCE = frozenset(["asn1EvidenceRecord", "xmlEvidenceRecord"])
EVIDENCE = f"{{{ERS.decode()}}}EvidenceRecord"
MOST = 1000  #: signatures, records and files that are looked at


def check_files(data: bytes, check_file: CheckFile) -> tuple[Looked, ...]:
    """The signed files in a document that has no signature of its own."""
    if next(files_within(data), None) is None:
        return ()
    try:
        return numbered(check_held(parse_xml(data), check_file, is_signed=False))
    except UnreadableSignature:
        return ()  # nothing in its bytes is signed, and it is no XML


def check_held(
    root: etree._Element, check_file: CheckFile, *, is_signed: bool
) -> tuple[Looked, ...]:
    """What lies outside of the document's own signatures. ``is_signed``: one of them takes in all
    of it; else the document around a signed file is nobody's."""
    others = list(_outside(root))
    named = [_named(each) for each in others if _is_named(each)][:MOST]
    files = tuple(_files(others, check_file))
    if is_signed:
        return (*named, *files)
    note = Note(reason=Reason.PART_NOT_COVERED, detail="the document around the file")
    return (*named, *(doubtful(_in_part(each), (note,)) for each in files))


def _in_part(looked: Looked) -> Looked:
    return dataclasses.replace(
        looked, result=dataclasses.replace(looked.result, covers_whole_file=False)
    )


def _outside(root: etree._Element) -> Iterator[etree._Element]:
    """All elements but signatures and what is in them, whose certificates are no files."""
    left = [root]
    while left:
        element = left.pop()
        if element.tag != ds("Signature"):
            yield element
            left += reversed(elements(element))


def _is_named(element: etree._Element) -> bool:
    name = etree.QName(element).localname
    return element.tag == EVIDENCE or name in CODED_EVIDENCE or name == CODED_SIGNATURE


def _named(element: etree._Element) -> Looked:
    """Recognised, and not checked: it is over an object of the package."""
    is_signature = etree.QName(element).localname == CODED_SIGNATURE
    return unread_result(
        signature_id="S1",
        field=None,
        container="XML" if is_signature else "ERS",
        form="CMS" if is_signature else "RFC4998" if element.tag != EVIDENCE else "RFC6283",
        kind=Kind.SIGNATURE if is_signature else Kind.EVIDENCE_RECORD,
        reason=Reason.FORMAT_NOT_CHECKED,
        detail="signed, not checkable here",
        supported=False,
    )


def _files(others: list[etree._Element], check_file: CheckFile) -> Iterator[Looked]:
    with tempfile.TemporaryDirectory(prefix="registratur-xml-") as folder:
        path = Path(folder) / "file"
        for number, content in enumerate(_contents(others), 1):
            if number > MOST:
                yield _too_many()
                return
            path.write_bytes(content)
            yield from inside(f"Datei {number} im XML", check_file(path, ()))


def _contents(others: list[etree._Element]) -> Iterator[bytes]:
    for element in others:
        if not _is_named(element):
            for text in (text_of(element), *map(str, element.attrib.values())):
                yield from files_within(text.encode("utf-8", "replace"))


def _too_many() -> Looked:
    return unread_result(
        signature_id="S1",
        field=None,
        container="XML",
        form="unknown",
        reason=Reason.CHECK_DIED,
        detail=f"more than {MOST} files",
    )
