"""Files inside a PDF/A-3: the transfer note and its like; runs in an isolated child."""

from __future__ import annotations

from enum import StrEnum, unique
from pathlib import Path

import pikepdf
from pikepdf import AttachedFileSpec, Name

from ocr.pdf.opening import open_pdf
from ocr.pdfa.invoice_xmp import invoice_mark
from ocr.pdfa.repair import declare, save

FLAVOUR = "3b"


@unique
class Metadata(StrEnum):
    """What becomes of the metadata that the file has."""

    KEPT = "kept"
    RENEWED = "renewed"  #: written anew with title, invoice and claim alone
    UNCLAIMED = "unclaimed"  #: as renewed, and no PDF/A is claimed


def embed(
    pdf_in: Path,
    pdf_out: Path,
    *,
    name: str,
    data: bytes,
    mime_type: str,
    relationship: str,
    note_id: str,
    metadata: Metadata = Metadata.KEPT,
) -> None:
    """Attach ``data`` as an associated file (ISO 19005-3, 6.8) and name the note in the metadata.

    ``relationship`` is the AFRelationship without slash. The input is a PDF/A-3b of ours; the
    output stays one.
    """
    with open_pdf(pdf_in) as pdf:
        spec = AttachedFileSpec(
            pdf,
            data,
            filename=name,
            mime_type=mime_type,
            description="",
            creation_date="",
            mod_date="",
        )
        spec.relationship = Name("/" + relationship)
        pdf.attachments[name] = spec
        if metadata is not Metadata.KEPT:
            _renew(pdf)
        with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as meta:
            meta["dc:identifier"] = note_id
            if metadata is Metadata.UNCLAIMED:
                for key in [key for key in meta if key.startswith(CLAIM)]:
                    del meta[key]
        save(pdf, pdf_out, FLAVOUR)


CLAIM = "{http://www.aiim.org/pdfa/ns/id/}"


def _renew(pdf: pikepdf.Pdf) -> None:
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as meta:
        title = str(meta.get("dc:title") or "") or None
        description = str(meta.get("dc:description") or "") or None
    mark = invoice_mark(pdf)
    if "/Metadata" in pdf.Root:
        del pdf.Root["/Metadata"]
    if "/Info" in pdf.trailer:
        del pdf.trailer["/Info"]
    declare(pdf, FLAVOUR, title=title, description=description, mark=mark)


def embed_in_child(
    pdf_in: Path,
    pdf_out: Path,
    name: str,
    data: bytes,
    mime_type: str,
    relationship: str,
    note_id: str,
    metadata: Metadata = Metadata.KEPT,
) -> None:
    """``embed`` with positional arguments, as a workshop calls it."""
    embed(
        pdf_in,
        pdf_out,
        name=name,
        data=data,
        mime_type=mime_type,
        relationship=relationship,
        note_id=note_id,
        metadata=metadata,
    )
