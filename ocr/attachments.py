"""Embedded files of a PDF, carried over in the form that PDF/A-3 wants (ISO 19005-3, 6.8)."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass

import pikepdf
from pikepdf import AttachedFileSpec, Name

MOST_FILES = 1000
MOST_BYTES = 500_000_000
RELATIONSHIPS = ("/Source", "/Data", "/Alternative", "/Supplement", "/Unspecified")


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    data: bytes
    mime_type: str
    relationship: str
    description: str


def collect(pdf: pikepdf.Pdf) -> tuple[list[Attachment], int]:
    """The files that can be opened, and how many could not."""
    found: list[Attachment] = []
    lost = size = 0
    try:
        names = list(pdf.attachments)[:MOST_FILES]
    except (pikepdf.PdfError, RuntimeError, ValueError):
        return [], 1
    for name in names:
        try:
            one = _attachment(name, pdf.attachments[name])
        except (pikepdf.PdfError, RuntimeError, ValueError, KeyError, TypeError):
            lost += 1
            continue
        size += len(one.data)
        if size > MOST_BYTES:
            return found, lost + len(names) - len(found)
        found.append(one)
    return found, lost


def _attachment(name: str, spec: AttachedFileSpec) -> Attachment:
    file = spec.get_file()
    shown = spec.filename or name
    guessed = mimetypes.guess_type(shown)[0] or "application/octet-stream"
    claimed = file.mime_type or ""
    relationship = str(spec.obj.get("/AFRelationship", "/Unspecified"))
    return Attachment(
        name=shown,
        data=file.read_bytes(),
        mime_type=claimed if _is_mime_type(claimed) else guessed,
        relationship=relationship if relationship in RELATIONSHIPS else "/Unspecified",
        description=str(spec.description or ""),
    )


def _is_mime_type(text: str) -> bool:
    kind, _, subtype = text.partition("/")
    return all(
        part
        and part.isascii()
        and part.replace("-", "").replace(".", "").replace("+", "").isalnum()
        for part in (kind, subtype)
    )


def remove_all(pdf: pikepdf.Pdf) -> None:
    """Take every embedded file off the catalogue."""
    for key in ("/AF", "/Collection"):
        if key in pdf.Root:
            del pdf.Root[key]
    names = pdf.Root.get("/Names")
    if isinstance(names, pikepdf.Dictionary) and "/EmbeddedFiles" in names:
        del names["/EmbeddedFiles"]


def attach(pdf: pikepdf.Pdf, files: list[Attachment]) -> None:
    """Put files in; equal names are told apart by a number."""
    for number, file in enumerate(files):
        name = file.name if file.name not in pdf.attachments else f"{number + 1}-{file.name}"
        spec = AttachedFileSpec(
            pdf,
            file.data,
            filename=name,
            mime_type=file.mime_type,
            description=file.description,
            creation_date="",
            mod_date="",
        )
        spec.relationship = Name(file.relationship)
        pdf.attachments[name] = spec
