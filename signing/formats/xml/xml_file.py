"""Signatures in an XML file: enveloped, enveloping, or over files beside it."""

from __future__ import annotations

from pathlib import Path

from lxml import etree

from signing.conclusions.conclusion_table import Check, Coverage, IntegrityFacts, Modification
from signing.conclusions.model import Conclusion, Note, Reason
from signing.errors import UnreadableSignature
from signing.formats.cms.validation_material import STRUCTURE_ERRORS
from signing.formats.detached_content import file_digest
from signing.formats.reader_result import CheckFile, Looked, numbered
from signing.formats.report_lines import limited, signer_result, unread_result
from signing.formats.xml.coverage import covers_document
from signing.formats.xml.embedded_files import check_held
from signing.formats.xml.safe_parser import ds, parse_xml
from signing.formats.xml.xades import check_xml_signature, is_countersignature
from signing.formats.xml.xmldsig import FileDigest


def check_xml(data: bytes, contents: tuple[Path, ...], check_file: CheckFile) -> tuple[Looked, ...]:
    """All signatures of an XML document and of the files in it. Never raises for what it holds."""
    try:
        root = parse_xml(data)
    except UnreadableSignature as error:
        return (_unread(1, Reason.UNREADABLE, str(error)),)
    named = {path.name: path for path in contents}

    def beside(uri: str, name: str) -> bytes | None:
        path = named.get(Path(uri).name)
        return None if path is None else file_digest(path, name)

    found = enumerate(root.iter(ds("Signature")), 1)
    looked = limited((_one(number, element, beside) for number, element in found), "XML")
    is_whole = any(
        one.result.conclusion is Conclusion.INTACT and one.result.covers_whole_file
        for one in looked
    )
    held = check_held(root, check_file, is_signed=is_whole)
    if not held:
        return looked or (_unread(1, Reason.TRACE_ONLY, "no ds:Signature element"),)
    return numbered((*looked, *held))


def _one(number: int, element: etree._Element, beside: FileDigest) -> Looked:
    try:
        signature = check_xml_signature(element, beside)
    except (UnreadableSignature, *STRUCTURE_ERRORS) as error:
        return _unread(number, Reason.UNREADABLE, f"{type(error).__name__}: {error}"[:300])
    countersigns = is_countersignature(element)
    whole = covers_document(
        element, signature.references, signature.check.certificate, countersigns=countersigns
    )
    notes = () if whole else (Note(reason=Reason.PART_NOT_COVERED),)
    return signer_result(
        signature_id=f"S{number}",
        field=signature.signature_id or None,
        container="XML",
        form="XAdES" if signature.is_xades else "XMLDSig",
        facts=IntegrityFacts(
            structure=Check.HOLDS,
            coverage=Coverage.WHOLE_FILE,
            trailing=Check.HOLDS,
            modification=Modification.NONE,
            allowed=Check.HOLDS,
            pages=Check.HOLDS,
            parts=Check.HOLDS if whole else Check.UNKNOWN,
        ),
        check=signature.check,
        covers_whole_file=whole,
        tokens=signature.tokens,
        material=signature.material,
        notes=notes,
    )


def _unread(number: int, reason: Reason, detail: str) -> Looked:
    return unread_result(
        signature_id=f"S{number}",
        field=None,
        container="XML",
        form="XMLDSig",
        reason=reason,
        detail=detail,
    )
