"""Signed files that lie in a PDF (ISO 32000-1, 7.11.4): attachments, portfolios, e-invoices.

A signature of such a file says nothing of the pages around it: where the PDF itself is not signed,
nothing in it is called intact.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pikepdf

from config.filekind import mapped
from signing.conclusions.model import Note, Reason
from signing.formats.detached_content import harmless
from signing.formats.reader_result import CheckFile, Looked, doubtful, inside
from signing.formats.report_lines import unread_result

FILES = 500
LARGEST = 256 * 2**20  #: bytes of one file, inflated
TOGETHER = 512 * 2**20
_STREAMS = b"/ObjStm"
_TRACES = (b"/EmbeddedFile", b"/EF", _STREAMS)  #: without any of these there is no file within
_NAMES = ("/UF", "/F")
_ERRORS = (pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError, RuntimeError)


def check_attached(path: Path, check_file: CheckFile, *, is_signed: bool) -> tuple[Looked, ...]:
    """The signatures of the files within a PDF. ``is_signed``: the PDF itself is.

    Raises nothing for what it holds; what cannot be looked into is said where files are named in it.
    """
    with mapped(path) as data:
        traces = [trace for trace in _TRACES if data.find(trace) >= 0]
    if not traces:
        return ()
    with tempfile.TemporaryDirectory(prefix="registratur-pdf-") as folder:
        opened = False
        try:
            with pikepdf.open(path) as pdf:
                opened = True
                files = list(_laid_down(pdf, Path(folder)))
        except _ERRORS:
            # Nearly every PDF has object streams: they alone say nothing of files in it.
            named = opened or traces != [_STREAMS]
            return (_unread("the files in the PDF cannot be listed"),) if named else ()
        found = tuple(_looked_at(files, check_file))
    if is_signed:
        return found
    note = Note(reason=Reason.PART_NOT_COVERED, detail=path.name[:100])
    return tuple(doubtful(looked, (note,)) for looked in found)


def _looked_at(files: list[tuple[str, Path | None]], check_file: CheckFile) -> Iterator[Looked]:
    there = [place for _, place in files if place is not None]
    for name, place in files:
        if place is None:
            yield from inside(name, (_unread("too many or too large, or damaged"),))
        else:
            others = tuple(other for other in there if other != place)
            yield from inside(name, check_file(place, others))


def _laid_down(pdf: pikepdf.Pdf, room: Path) -> Iterator[tuple[str, Path | None]]:
    """Name and place of each file; no place where it could not be taken out."""
    seen: set[tuple[int, int]] = set()
    left = TOGETHER
    for specification in pdf.objects:
        if not isinstance(specification, pikepdf.Dictionary) or "/EF" not in specification:
            continue
        for stream in _streams(specification):
            if stream.objgen in seen:
                continue
            seen.add(stream.objgen)
            name = _name(specification) or f"Anlage {len(seen)}"
            content = _content(stream, min(left, LARGEST)) if len(seen) <= FILES else None
            if content is None:
                yield name, None
                continue
            left -= len(content)
            place = room / str(len(seen)) / harmless(name, "file")
            place.parent.mkdir()
            place.write_bytes(content)
            yield name, place


def _streams(specification: pikepdf.Dictionary) -> list[pikepdf.Stream]:
    files = specification.EF
    if not isinstance(files, pikepdf.Dictionary):
        return []
    return [each for _, each in files.items() if isinstance(each, pikepdf.Stream)]


def _content(stream: pikepdf.Stream, most: int) -> bytes | None:
    try:
        content = stream.read_bytes()
    except _ERRORS:
        return None
    return content if len(content) <= most else None


def _name(specification: pikepdf.Dictionary) -> str:
    for key in _NAMES:
        if key in specification:
            return str(specification[key]).replace("\\", "/").rsplit("/", 1)[-1][:200]
    return ""


def _unread(detail: str) -> Looked:
    return unread_result(
        signature_id="S1",
        field=None,
        container="PDF",
        form="unknown",
        reason=Reason.FILE_UNREADABLE,
        detail=detail,
    )
