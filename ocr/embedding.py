"""Files inside a PDF/A-3: the transfer note and its like; runs in an isolated child."""

from __future__ import annotations

from pathlib import Path

import pikepdf
from pikepdf import AttachedFileSpec, Name

from ocr.repair import save

FLAVOUR = "3b"


def embed(
    pdf_in: Path,
    pdf_out: Path,
    *,
    name: str,
    data: bytes,
    mime_type: str,
    relationship: str,
    note_id: str,
) -> None:
    """Attach ``data`` as an associated file (ISO 19005-3, 6.8) and name the note in the metadata.

    ``relationship`` is the AFRelationship without slash. The input is a PDF/A-3b of ours; the
    output stays one.
    """
    with pikepdf.open(pdf_in) as pdf:
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
        with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as meta:
            meta["dc:identifier"] = note_id
        save(pdf, pdf_out, FLAVOUR)


def embed_in_child(
    pdf_in: Path,
    pdf_out: Path,
    name: str,
    data: bytes,
    mime_type: str,
    relationship: str,
    note_id: str,
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
    )
