"""Signatures that are named elsewhere than in a form's fields, and comments a certificate allows."""

from __future__ import annotations

import asyncio
import hashlib
import io
from pathlib import Path
from typing import Any

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.signers import SimpleSigner

from signing.conclusions.model import Changes, Kind
from signing.report.interface import Conclusion, Reason, SignatureReport
from signing.validate import validate_file
from tests.unit.signing.make import AT, pdf, sign, signer, write
from tests.unit.signing.test_attacks import dictionary as dictionary_of
from tests.unit.signing.test_attacks import numbers

ROOM = 16384
EMPTY_RANGE = b"[0 0000000000 0000000000 0000000000]"
TREE = {2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>"}
WIDGET = b"/Type/Annot/Subtype/Widget/F 132/Rect[0 0 0 0]/P 3 0 R"
RIGHTS = (
    b"/Reference[<</Type/SigRef/TransformMethod/UR3/TransformParams<</Type/TransformParams/V/2.2"
    b"/Form[/FillIn]/Document[/FullSave]>>>>]"
)


@pytest.fixture(scope="module")
def by() -> SimpleSigner:
    return signer()


def dictionary(more: bytes = b"") -> bytes:
    return (
        b"<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/adbe.pkcs7.detached" + more
        + b"/ByteRange " + EMPTY_RANGE + b"/Contents <" + b"0" * ROOM + b">>>"
    )  # fmt: skip


def page(annotation: bytes) -> bytes:
    return (
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Annots[" + annotation + b"]>>"
    )  # fmt: skip


def build(objects: dict[int, bytes], by: SimpleSigner) -> bytes:
    """A PDF of these objects, signed in its one signature dictionary."""
    out, places = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", {}
    for number, body in sorted((TREE | objects).items()):
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start, size = len(out), max(places) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % size
    out += b"".join(b"%010d 00000 n \n" % places[number] for number in range(1, size))
    out += b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (size, start)
    first = out.index(b"/Contents <") + 10
    second = first + ROOM + 2
    numbers = b"[0 %010d %010d %010d]" % (first, second, len(out) - second)
    out = out.replace(EMPTY_RANGE, numbers)
    digest = hashlib.sha256(out[:first] + out[second:]).digest()
    value: bytes = asyncio.run(by.async_sign(digest, "sha256")).dump().hex().encode()
    return out[: first + 1] + value + b"0" * (ROOM - len(value)) + out[second - 1 :]


def catalog(more: bytes) -> bytes:
    return b"<</Type/Catalog/Pages 2 0 R" + more + b">>"


def look(folder: Path, data: bytes) -> SignatureReport:
    return validate_file(write(folder, "a.pdf", data), (), AT, None, "a.pdf")


def with_rights(by: SimpleSigner) -> bytes:
    text = b"<</Type/Annot/Subtype/Widget/FT/Tx/T(Name)/F 4/Rect[9 9 90 20]/P 3 0 R>>"
    root = catalog(b"/AcroForm<</Fields[4 0 R]>>/Perms<</UR3 5 0 R>>")
    return build({1: root, 3: page(b"4 0 R"), 4: text, 5: dictionary(RIGHTS)}, by)


def test_usage_rights_are_no_signature_of_the_document(by: SimpleSigner, tmp_path: Path) -> None:
    report = look(tmp_path, with_rights(by))
    assert report.conclusion is Conclusion.UNSIGNED
    assert report.signatures[0].kind is Kind.USAGE_RIGHTS
    assert Reason.USAGE_RIGHTS_ONLY in report.reasons


def test_a_signed_form_with_usage_rights_is_judged_by_its_signature(
    by: SimpleSigner, tmp_path: Path
) -> None:
    report = look(tmp_path, sign(with_rights(by), by))
    assert report.conclusion is Conclusion.INTACT


def test_a_signature_that_only_calls_itself_usage_rights_counts(
    by: SimpleSigner, tmp_path: Path
) -> None:
    """Neither the catalogue's entry alone nor the signature's own word makes it harmless."""
    root = catalog(b"/AcroForm<</Fields[4 0 R]/SigFlags 3>>")
    field = b"<<" + WIDGET + b"/FT/Sig/T(S1)/V 5 0 R>>"
    named = build({1: root, 3: page(b"4 0 R"), 4: field, 5: dictionary(RIGHTS)}, by)
    assert look(tmp_path, named).conclusion is Conclusion.INTACT
    root = catalog(b"/Perms<</UR3 5 0 R>>")
    listed = build({1: root, 3: page(b""), 4: b"null", 5: dictionary()}, by)
    assert look(tmp_path, listed).signatures[0].kind is Kind.SIGNATURE
    assert look(tmp_path, listed.replace(b"300 300", b"300 301")).conclusion is Conclusion.BROKEN


def test_the_value_may_stand_in_the_widget(by: SimpleSigner, tmp_path: Path) -> None:
    root = catalog(b"/AcroForm<</Fields[4 0 R]/SigFlags 3>>")
    kid = b"<<" + WIDGET + b"/Parent 4 0 R/V 5 0 R>>"
    field = b"<</FT/Sig/T(S1)/Kids[6 0 R]>>"
    made = build({1: root, 3: page(b"6 0 R"), 4: field, 5: dictionary(), 6: kid}, by)
    report = look(tmp_path, made)
    assert report.conclusion is Conclusion.INTACT
    assert report.signatures[0].field == "S1"


def test_the_field_may_stand_on_its_page_alone(by: SimpleSigner, tmp_path: Path) -> None:
    root = catalog(b"/AcroForm<</Fields[]/SigFlags 3>>")
    field = b"<<" + WIDGET + b"/FT/Sig/T(S1)/V 5 0 R>>"
    made = build({1: root, 3: page(b"4 0 R"), 4: field, 5: dictionary()}, by)
    assert look(tmp_path, made).conclusion is Conclusion.INTACT


def test_the_value_may_stand_in_the_field_itself(by: SimpleSigner, tmp_path: Path) -> None:
    root = catalog(b"/AcroForm<</Fields[4 0 R]/SigFlags 3>>")
    field = b"<<" + WIDGET + b"/FT/Sig/T(S1)/V " + dictionary() + b">>"
    made = build({1: root, 3: page(b"4 0 R"), 4: field}, by)
    again = sign(made, signer("Zweiter"), field="S2")
    report = look(tmp_path, again)
    assert report.conclusion is Conclusion.INTACT
    assert report.signatures[0].changes is Changes.PERMITTED


def test_a_signature_that_nothing_names_is_not_said_to_be_of_an_earlier_version(
    by: SimpleSigner, tmp_path: Path
) -> None:
    made = build({1: catalog(b""), 3: page(b""), 4: b"null", 5: dictionary()}, by)
    report = look(tmp_path, made)
    assert report.conclusion is Conclusion.INDETERMINATE
    assert Reason.NOT_ANCHORED in report.reasons
    assert Reason.FIELD_MISSING not in report.reasons


# ------------------------------------------------------------------ comments (DocMDP)


def commented(by: SimpleSigner, level: MDPPerm, **also: Any) -> bytes:
    certified = sign(pdf(1), by, certify=level)
    writer = IncrementalPdfFileWriter(io.BytesIO(certified))
    first = writer.root["/Pages"]["/Kids"][0]
    entries: dict[str, Any] = {"/Type": generic.pdf_name("/Annot"), "/Subtype": "/Text"} | also
    entries["/Subtype"] = generic.pdf_name(entries["/Subtype"])
    rect = entries.pop("/Rect", (10, 10, 30, 30))
    entries["/Rect"] = numbers(*rect)
    if entries.pop("picture", False):
        stream = generic.StreamObject(
            {
                generic.pdf_name("/Subtype"): generic.pdf_name("/Form"),
                generic.pdf_name("/BBox"): entries["/Rect"],
            },
            stream_data=b"1 g 0 0 500 500 re f",
        )
        look: dict[str, generic.PdfObject] = {"/N": writer.add_object(stream)}
        entries["/AP"] = dictionary_of(look)
    comment = dictionary_of({generic.pdf_name(k): v for k, v in entries.items()})
    first["/Annots"].append(writer.add_object(comment))
    writer.update_container(first)
    writer.update_container(first["/Annots"])
    out = io.BytesIO()
    writer.write(out)  # type: ignore[no-untyped-call]
    return out.getvalue()


@pytest.mark.parametrize("kind", ["/Text", "/Highlight", "/StrikeOut", "/Ink"])
def test_a_comment_is_permitted_where_the_certificate_allows_it(
    kind: str, by: SimpleSigner, tmp_path: Path
) -> None:
    report = look(tmp_path, commented(by, MDPPerm.ANNOTATE, **{"/Subtype": kind}))
    assert report.conclusion is Conclusion.INTACT
    assert report.signatures[0].changes is Changes.PERMITTED


@pytest.mark.parametrize("level", [MDPPerm.FILL_FORMS, MDPPerm.NO_CHANGES])
def test_a_comment_is_a_change_where_it_does_not(
    level: MDPPerm, by: SimpleSigner, tmp_path: Path
) -> None:
    assert look(tmp_path, commented(by, level)).conclusion is Conclusion.CHANGED


@pytest.mark.parametrize(
    "also",
    [
        {"/Subtype": "/FreeText", "picture": True},
        {"/Subtype": "/Stamp", "picture": True},
        {"/Subtype": "/Square"},
        {"/Subtype": "/Highlight", "/Rect": (0, 0, 200, 200), "picture": True},
        {"/Subtype": "/Widget", "/FT": generic.pdf_name("/Tx")},
        {"/AA": dictionary_of({})},
    ],
)
def test_a_comment_that_may_hide_the_page_stays_unexplained(
    also: dict[str, Any], by: SimpleSigner, tmp_path: Path
) -> None:
    report = look(tmp_path, commented(by, MDPPerm.ANNOTATE, **also))
    assert report.conclusion is not Conclusion.INTACT
