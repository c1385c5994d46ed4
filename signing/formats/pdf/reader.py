"""Opening a PDF with pyHanko, strictly first, and its signature fields one by one.

pyHanko's own list of signatures parses all of them before it gives one; here a field that cannot
be read is a finding, and the others are still looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

from pyhanko.pdf_utils import generic, misc
from pyhanko.pdf_utils.crypt import AuthStatus
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.xref import XRefCache
from pyhanko.sign.fields import enumerate_sig_fields

from signing.conclusions.model import Note, Reading, Reason
from signing.formats.pdf.byte_ranges import ByteRange

#: what pyHanko lets out on hostile or damaged files, seen in the corpus or in its source
ENGINE_ERRORS = (
    misc.PdfError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    AssertionError,
    NotImplementedError,
    OSError,
    OverflowError,
    RecursionError,
    UnicodeError,
)


class _PatientXrefs(XRefCache):
    """A reference to an object that no revision ever defined is the null object (ISO 32000-2
    7.3.10), and was so from the start; pyHanko 0.38 ends with a KeyError instead."""

    def get_introducing_revision(self, ref: generic.Reference) -> int:
        try:
            return int(super().get_introducing_revision(ref))
        except KeyError:
            return 0


@dataclass(frozen=True, slots=True)
class OpenPdf:
    """A PDF that could be read, and how."""

    reader: PdfFileReader
    reading: Reading
    readable: bool  #: strings too: not encrypted, or opened with the empty password
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class FilledField:
    """A signature field with a value, as far as it could be read."""

    name: str
    reference: generic.Reference | None
    dictionary: generic.DictionaryObject | None
    field: generic.DictionaryObject | None
    numbers: tuple[int, ...] | None
    contents: bytes | None
    sub_filter: str
    detail: str = ""
    usage_rights: bool = False  #: no signature of the document: it lets a reader save a form

    def for_usage_rights(self) -> FilledField:
        return replace(self, usage_rights=True)


def open_pdf(
    stream: BinaryIO, refused: str | None = None
) -> tuple[OpenPdf | None, tuple[Note, ...]]:
    """Strict, then lenient; None and the reasons where neither can read it.

    ``refused``: why strict reading failed later on; it is not tried again.
    """
    notes: list[Note] = []
    if refused is not None:
        notes.append(Note(reason=Reason.READ_LENIENTLY, detail=refused))
    for reading in (Reading.STRICT, Reading.LENIENT)[len(notes) :]:
        try:
            stream.seek(0)
            reader = PdfFileReader(stream, strict=reading is Reading.STRICT)
            if reading is Reading.STRICT and reader.xrefs.hybrid_xrefs_present:
                raise misc.PdfStrictReadError("hybrid-reference file")
            opened = _opened(reader, reading, tuple(notes))
            _walk(reader)
            return opened, opened.notes
        except ENGINE_ERRORS as error:
            detail = f"{type(error).__name__}: {error}"[:300]
            reason = Reason.READ_LENIENTLY if reading is Reading.STRICT else Reason.FILE_UNREADABLE
            notes.append(Note(reason=reason, detail=detail))
    return None, tuple(notes)


def _opened(reader: PdfFileReader, reading: Reading, notes: tuple[Note, ...]) -> OpenPdf:
    reader.xrefs = _PatientXrefs(reader, reader.xrefs._xref_sections)
    readable = True
    if reader.encrypted:
        readable = _unlocked(reader)
        if not readable:
            notes += (Note(reason=Reason.ENCRYPTED),)
    return OpenPdf(reader, reading, readable, notes)


def _unlocked(reader: PdfFileReader) -> bool:
    """Most "encrypted" office files open with the empty user password."""
    try:
        return bool(reader.decrypt(b"").status is not AuthStatus.FAILED)
    except ENGINE_ERRORS:
        return False


def _walk(reader: PdfFileReader) -> None:
    """Touch what the check needs, so that a refusal in strict reading shows here."""
    root = reader.root
    if not reader.encrypted:
        for _ in enumerate_sig_fields(reader, filled_status=True):
            pass
    entry(root, "/Pages")


def filled_fields(pdf: OpenPdf) -> Iterator[FilledField]:
    """Every filled signature field once; two fields with the same value are one signature."""
    seen: set[generic.Reference] = set()
    for name, _, field in enumerate_sig_fields(pdf.reader, filled_status=True):
        found = read_value(str(name), field, "/V")
        if found.reference is not None:
            if found.reference in seen:
                continue
            seen.add(found.reference)
        yield found


def read_value(name: str, field: Any, key: str) -> FilledField:
    """The signature that ``field[key]`` is or refers to. Its reference is that of the object in
    which it stands, which is the field itself where the value is written directly."""
    reference = None
    try:
        field = field.get_object()
        raw = field.raw_get(key)
        holder = raw if isinstance(raw, generic.IndirectObject) else field.container_ref
        reference = _reference(holder)
        dictionary = raw.get_object()
        if not isinstance(dictionary, generic.DictionaryObject):
            raise misc.PdfReadError("the field's value is no dictionary")
    except ENGINE_ERRORS as error:
        return FilledField(name, reference, None, None, None, None, "", _said(error))
    numbers, why = _try(lambda: _numbers(dictionary))
    contents, also = _try(lambda: _contents(dictionary))
    sub_filter, _ = _try(lambda: str(entry(dictionary, "/SubFilter") or ""))
    return FilledField(
        name, reference, dictionary, field, numbers, contents, sub_filter or "", why or also
    )


def _reference(holder: Any) -> generic.Reference | None:
    if isinstance(holder, generic.IndirectObject):
        return holder.reference
    return holder if isinstance(holder, generic.Reference) else None


def entry(dictionary: generic.DictionaryObject, key: str) -> Any:
    """The value of a key with references followed, None where there is none.

    pyHanko's ``get`` gives the bare reference, its ``[]`` what it refers to.
    """
    try:
        return dictionary[key]
    except KeyError:
        return None


def _numbers(dictionary: generic.DictionaryObject) -> tuple[int, ...]:
    return tuple(int(number.get_object()) for number in dictionary["/ByteRange"])


def _contents(dictionary: generic.DictionaryObject) -> bytes:
    value = dictionary.raw_get("/Contents", decrypt=generic.EncryptedObjAccess.RAW)
    if isinstance(value, generic.IndirectObject):
        value = value.get_object()  # type: ignore[no-untyped-call]
    if not isinstance(value, generic.TextStringObject | generic.ByteStringObject):
        raise misc.PdfReadError("/Contents is no string")
    return bytes(value.original_bytes)


def _try(get: Callable[[], Any]) -> tuple[Any, str]:
    try:
        return get(), ""
    except ENGINE_ERRORS as error:
        return None, _said(error)


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:300]


def unlisted(fields: list[FilledField], ranges: Iterable[ByteRange]) -> Iterator[ByteRange]:
    """Byte ranges in the file that no field of the document as it is now has, each once."""
    seen = {field.numbers for field in fields}
    for written in ranges:
        if written.numbers not in seen:
            seen.add(written.numbers)
            yield written
