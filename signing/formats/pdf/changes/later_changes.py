"""What a signature of a PDF covers, and what came into the file after it.

Three independent looks: the byte ranges, pyHanko's comparison of revisions, and the pages as a
second reader (qpdf) shows them. Attackers live in the gaps between them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfStrictReadError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import DiffResult, ModificationLevel
from pyhanko.sign.fields import FieldMDPSpec, MDPPerm

from config.filekind import Data
from signing.conclusions.conclusion_table import Check, Coverage, Modification
from signing.formats.pdf.byte_ranges import hole, is_blank, is_standard
from signing.formats.pdf.changes.harmless_changes import POLICY, harmless_level
from signing.formats.pdf.reader import ENGINE_ERRORS, FilledField, entry

LEVELS = {
    ModificationLevel.NONE: Modification.NONE,
    ModificationLevel.LTA_UPDATES: Modification.LTA_UPDATES,
    ModificationLevel.FORM_FILLING: Modification.FORM_FILLING,
    ModificationLevel.ANNOTATIONS: Modification.ANNOTATIONS,
    ModificationLevel.OTHER: Modification.OTHER,
}
ROOTS = (b"Catalog", b"Pages", b"ObjStm", b"XRef", b"#")  #: also names written with escapes
TAIL = 1024  #: bytes before the end of a revision in which its startxref stands
END_OF_REVISION = re.compile(
    rb"startxref[\0\t\n\f\r ]+(\d{1,12})[\0\t\n\f\r ]+%%EOF[\0\t\n\f\r ]*\Z"
)
OBJECT = re.compile(rb"(?<![0-9])(\d{1,10})[\0\t\n\f\r ]{1,8}(\d{1,5})[\0\t\n\f\r ]{1,8}obj\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """What came after one signature."""

    coverage: Coverage
    trailing: Check
    modification: Modification
    allowed: Check
    harmless: bool = False
    detail: str = ""


def coverage_of(data: Data, numbers: tuple[int, ...], contents: bytes) -> tuple[Coverage, str]:
    """How much the byte range takes in, from the bytes alone; REVISION is to be confirmed."""
    size = len(data)
    if not is_standard(numbers, size):
        return Coverage.PARTIAL, f"byte range {list(numbers)} in a file of {size} bytes"
    if hole(data, numbers) != contents:
        return Coverage.PARTIAL, "the hole in the byte range is not the signature alone"
    end = numbers[2] + numbers[3]
    if end == size:
        return Coverage.WHOLE_FILE, ""
    return Coverage.REVISION, f"{size - end} bytes follow the signed range"


def what_came_later(
    data: Data, numbers: tuple[int, ...], field: FilledField, reader: PdfFileReader
) -> Later:
    """For a signature that does not end with the file: are the later revisions all there is, and
    what do they do?

    Raises PdfStrictReadError where a strict reader refuses only now."""
    end = numbers[2] + numbers[3]
    if is_blank(data, end, len(data)):
        return Later(
            coverage=Coverage.REVISION,
            trailing=Check.HOLDS,
            modification=Modification.NONE,
            allowed=Check.HOLDS,
            detail="only white space follows",
        )
    try:
        signed = _signed_revision(data, end, field, reader)
    except PdfStrictReadError:
        raise  # the file is read again, leniently
    except ENGINE_ERRORS as error:
        return _unknown(f"{type(error).__name__}: {error}"[:300])
    if signed is None:
        return Later(
            coverage=Coverage.PARTIAL,
            trailing=Check.UNKNOWN,
            modification=Modification.UNKNOWN,
            allowed=Check.UNKNOWN,
            detail="the signed range does not end with the revision that holds the signature",
        )
    trailing, detail = _trailing(data, end, signed, reader)
    modification, allowed, harmless, said = _modification(signed, field, reader)
    return Later(
        coverage=Coverage.REVISION,
        trailing=trailing,
        modification=modification,
        allowed=allowed,
        harmless=harmless,
        detail="; ".join(filter(None, (detail, said))),
    )


def _unknown(detail: str) -> Later:
    return Later(
        coverage=Coverage.REVISION,
        trailing=Check.UNKNOWN,
        modification=Modification.UNKNOWN,
        allowed=Check.UNKNOWN,
        detail=detail,
    )


def _signed_revision(data: Data, end: int, field: FilledField, reader: PdfFileReader) -> int | None:
    """The revision that the signed range ends with; None where it ends anywhere else.

    It is told by the startxref before ``end``, and must hold the signature or come after it: in a
    linearised file the first two sections are one revision, and the file ends by naming the
    second, which stands at its beginning.
    """
    found = END_OF_REVISION.search(bytes(data[max(0, end - TAIL) : end]))
    if field.reference is None or found is None:
        return None
    xrefs = reader.xrefs
    total = int(xrefs.total_revisions)
    named = [n for n in range(total) if xrefs.get_startxref_for_revision(n) == int(found[1])]
    if not named or named[-1] < int(xrefs.get_last_change(field.reference)):
        return None
    signed = named[-1]
    inside = all(xrefs.get_xref_container_info(n).end_location <= end for n in range(signed + 1))
    after = all(
        xrefs.get_xref_container_info(n).start_location >= end for n in range(signed + 1, total)
    )
    return signed if inside and after else None


def _trailing(data: Data, end: int, signed: int, reader: PdfFileReader) -> tuple[Check, str]:
    """All bytes after ``end`` belong to revisions that the reader knows (trap 2).

    A reader that repairs finds objects by their text, so an object that no cross-reference of a
    later revision names is unexplained too.
    """
    total = int(reader.xrefs.total_revisions)
    if signed == total - 1:
        return Check.FAILS, "no revision accounts for the bytes after the signed range"
    last = END_OF_REVISION.search(bytes(data[max(end, len(data) - TAIL) :]))
    if last is None or int(last[1]) != reader.xrefs.get_startxref_for_revision(total - 1):
        return Check.FAILS, "the file does not end with the last revision"
    named = _named_offsets(signed, total, reader)
    for match in OBJECT.finditer(data, end):
        if match.start() not in named and not _is_out_of_reach(data, match, reader):
            return Check.FAILS, f"object {match[1].decode()} at {match.start()} is in no revision"
    return Check.HOLDS, ""


def _is_out_of_reach(data: Data, found: re.Match[bytes], reader: PdfFileReader) -> bool:
    """An object whose number nothing in the file has and that could be no root: whoever repairs
    the file has no way to it either."""
    xrefs = reader.xrefs
    number = int(found[1])
    for revision in range(int(xrefs.total_revisions)):
        if any(ref.idnum == number for ref in xrefs.explicit_refs_in_revision(revision)):
            return False
    ends = data.find(b"endobj", found.end())
    body = bytes(data[found.end() : ends if ends >= 0 else len(data)])
    mentioned = re.compile(
        rb"(?<![0-9])%d[\0\t\n\f\r ]+%d[\0\t\n\f\r ]+R\b" % (number, int(found[2]))
    )
    return ends >= 0 and not any(root in body for root in ROOTS) and mentioned.search(data) is None


def _named_offsets(signed: int, total: int, reader: PdfFileReader) -> set[int]:
    offsets: set[int] = set()
    for number in range(signed + 1, total):
        offsets.add(int(reader.xrefs.get_xref_container_info(number).start_location))
        for ref in reader.xrefs.explicit_refs_in_revision(number):
            place = reader.xrefs.get_historical_ref(ref, number)
            if isinstance(place, int):
                offsets.add(place)
    return offsets


def _modification(
    signed: int, field: FilledField, reader: PdfFileReader
) -> tuple[Modification, Check, bool, str]:
    """The level of what came later, whether DocMDP allows it, whether its cause is harmless."""
    try:
        permission, locked = _permission(field), _locked_fields(field)
        result = POLICY.review_file(reader, signed, field_mdp_spec=locked, doc_mdp=permission)
        if isinstance(result, DiffResult):
            level = LEVELS[result.modification_level]
            changed = ", ".join(sorted(result.changed_form_fields))
            said = f"fields: {changed}"[:300] if changed else ""
            return level, _allowed(level, permission), False, said
        tolerated = harmless_level(reader, signed, locked, permission)
    except PdfStrictReadError:
        raise
    except ENGINE_ERRORS as error:
        said = f"{type(error).__name__}: {error}"[:300]
        return Modification.UNKNOWN, Check.UNKNOWN, False, said
    if tolerated is None:
        return Modification.OTHER, Check.FAILS, False, str(result)[:600]
    allowed = _allowed(LEVELS[tolerated], permission)
    if tolerated is ModificationLevel.ANNOTATIONS and allowed is Check.HOLDS:
        return Modification.ANNOTATIONS, allowed, False, "comments"
    return Modification.OTHER, allowed, allowed is Check.HOLDS, str(result)[:600]


def _allowed(level: Modification, permission: MDPPerm | None) -> Check:
    """design.md 6: form filling and annotations are permitted where DocMDP allows them.

    Without DocMDP filling forms and signing again are what a form is for; annotations are not.
    """
    if level in (Modification.NONE, Modification.LTA_UPDATES):
        return Check.HOLDS
    if level is Modification.FORM_FILLING:
        return Check.FAILS if permission is MDPPerm.NO_CHANGES else Check.HOLDS
    if level is Modification.ANNOTATIONS:
        return Check.HOLDS if permission is MDPPerm.ANNOTATE else Check.FAILS
    return Check.FAILS


def _permission(field: FilledField) -> MDPPerm | None:
    """The DocMDP level of this signature, or of its field's lock (ISO 32000-2 12.8.2.2)."""
    reference = _transform(field, "/DocMDP")
    if reference is not None:
        return MDPPerm(int(entry(reference["/TransformParams"], "/P") or 2))
    lock = None if field.field is None else entry(field.field, "/Lock")
    if isinstance(lock, generic.DictionaryObject) and "/P" in lock:
        return MDPPerm(int(lock["/P"]))
    return None


def _locked_fields(field: FilledField) -> FieldMDPSpec | None:
    reference = _transform(field, "/FieldMDP")
    if reference is None:
        return None
    return FieldMDPSpec.from_pdf_object(reference["/TransformParams"])


def _transform(field: FilledField, method: str) -> generic.DictionaryObject | None:
    if field.dictionary is None or "/Reference" not in field.dictionary:
        return None
    for item in field.dictionary["/Reference"]:
        found: generic.DictionaryObject = item.get_object()
        if found["/TransformMethod"] == method:
            return found
    return None
