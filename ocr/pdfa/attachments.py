"""Embedded files: carried over in the form that PDF/A-3 wants (ISO 19005-3, 6.8), or taken out.

Only for isolated children.
"""

from __future__ import annotations

import mimetypes
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pikepdf
from pikepdf import AttachedFileSpec, Dictionary, Name, Stream

from config.errors import HoldReason, InputError
from ocr.accepted_kinds import FileKind, kind_of
from ocr.pdf.opening import HIDDEN_ENCRYPTION, open_pdf

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
    if HIDDEN_ENCRYPTION in pdf.trailer:
        return [], len(names)
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


def extract(path: Path) -> tuple[tuple[str, bytes], ...]:
    """Everything that lies inside a PDF or an ASiC container, for the malware scanner.

    Raises:
        InputError: OVER_LIMIT, more than 500 MB of it; UNREADABLE, it cannot be taken out (what
            could not be looked at is not clean).
    """
    kind = kind_of(path)
    if kind not in (FileKind.PDF, FileKind.ASIC):
        return ()
    members = _pdf_members(path) if kind is FileKind.PDF else _zip_members(path)
    found: list[tuple[str, bytes]] = []
    size = 0
    try:
        for name, data in members:
            size += len(data)
            if size > MOST_BYTES or len(found) >= MOST_FILES:
                raise InputError(
                    HoldReason.OVER_LIMIT, "Die Anlagen in der Datei sind zu groß oder zu viele."
                )
            found.append((name, data))
    except pikepdf.PasswordError:
        return tuple(found)  # preflight says that something inside is locked
    except (pikepdf.PdfError, zipfile.BadZipFile, RuntimeError, ValueError, OSError) as error:
        raise InputError(
            HoldReason.UNREADABLE,
            "Eine Anlage in der Datei ist beschädigt und lässt sich nicht entnehmen. Bitte eine "
            "lesbare Datei nachreichen.",
        ) from error
    return tuple(found)


def _pdf_members(path: Path) -> Iterator[tuple[str, bytes]]:
    with open_pdf(path) as pdf:
        for item in pdf.objects:
            if isinstance(item, Stream) and item.get("/Type") == Name.EmbeddedFile:
                yield f"Anlage {item.objgen[0]}", _content(item)
            elif isinstance(item, Dictionary) and isinstance(item.get("/EF"), Dictionary):
                for file in item["/EF"].values():
                    if isinstance(file, Stream) and file.get("/Type") != Name.EmbeddedFile:
                        yield f"Anlage {file.objgen[0]}", _content(file)


def _content(file: Stream) -> bytes:
    """Decoded; what cannot be decoded is handed over as it lies there."""
    try:
        return file.read_bytes()
    except (pikepdf.PdfError, RuntimeError):
        return file.read_raw_bytes()


def _zip_members(path: Path) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(path) as archive:
        left = MOST_BYTES
        for info in archive.infolist():
            with archive.open(info) as member:
                data = member.read(left + 1)
            left -= len(data)
            yield info.filename, data
