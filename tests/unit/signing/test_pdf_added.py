"""What a later revision draws over signed pages: signature fields that may hide them."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.stamp import TextStampStyle

from signing.report.interface import Changes, Conclusion, Reason, SignatureReport
from signing.validate import validate_file
from tests.unit.signing.make import AT, pdf, sign, signer, write
from tests.unit.signing.test_attacks import dictionary, numbers, updated

Entries = dict[str, Any]
WORDS = (20, 90, 120, 120)  #: where the page's only line stands
BLANK = (20, 20, 120, 60)
PAINT = b"1 g 0 0 500 500 re f 0 g BT /F1 10 Tf 2 10 Td (Zahlen Sie 9999 Euro) Tj ET"


def look(folder: Path, data: bytes) -> SignatureReport:
    return validate_file(write(folder, "letter.pdf", data), (), AT, None, "letter.pdf")


def picture(
    writer: IncrementalPdfFileWriter, rect: tuple[int, ...], text: bytes = PAINT
) -> generic.IndirectObject:
    """An appearance as large as ``rect``."""
    box = numbers(0, 0, rect[2] - rect[0], rect[3] - rect[1])
    font = dictionary(
        {
            "/Type": pdf_name("/Font"),
            "/Subtype": pdf_name("/Type1"),
            "/BaseFont": pdf_name("/Helvetica"),
        }
    )
    entries: Entries = {
        "/Type": pdf_name("/XObject"),
        "/Subtype": pdf_name("/Form"),
        "/BBox": box,
        "/Resources": dictionary({"/Font": dictionary({"/F1": font})}),
    }
    named = {pdf_name(key): value for key, value in entries.items()}
    return writer.add_object(generic.StreamObject(named, stream_data=text))


def on_page(writer: IncrementalPdfFileWriter, entries: Entries) -> generic.IndirectObject:
    """A further annotation of the first page."""
    ref = writer.add_object(dictionary({"/Type": pdf_name("/Annot"), **entries}))
    first = writer.root["/Pages"]["/Kids"].raw_get(0).get_object()
    if "/Annots" in first:
        first["/Annots"].append(ref)
        writer.update_container(first["/Annots"])
    else:
        first[pdf_name("/Annots")] = generic.ArrayObject([ref])
    writer.update_container(first)
    return ref


def empty_field(
    rect: tuple[int, ...], text: bytes = PAINT, **also: generic.PdfObject
) -> Callable[[IncrementalPdfFileWriter], None]:
    """A new signature field that nobody signed."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        entries: Entries = {
            "/Subtype": pdf_name("/Widget"),
            "/FT": pdf_name("/Sig"),
            "/T": generic.TextStringObject("Neu"),
            "/F": generic.NumberObject(4),  # type: ignore[no-untyped-call]
            "/Rect": numbers(*rect),
            "/AP": dictionary({"/N": picture(writer, rect, text)}),
        }
        ref = on_page(writer, entries | {f"/{key}": value for key, value in also.items()})
        listed = writer.root["/AcroForm"]["/Fields"]
        listed.append(ref)
        writer.update_container(listed)

    return change


def visible(
    data: bytes, box: tuple[int, int, int, int], text: str = "Max Muster", opaque: bool = False
) -> bytes:
    """Signed once more, so that it shows."""
    writer = IncrementalPdfFileWriter(io.BytesIO(data))
    fields.append_signature_field(writer, fields.SigFieldSpec("Zweite", box=box))
    style = TextStampStyle(stamp_text=text, border_width=0)
    if opaque:
        style = TextStampStyle(stamp_text=text, border_width=40)
    out = io.BytesIO()
    metadata = signers.PdfSignatureMetadata(field_name="Zweite")
    by = signer("Zweiter")
    signers.PdfSigner(metadata, signer=by, stamp_style=style).sign_pdf(writer, output=out)
    return out.getvalue()


@pytest.mark.parametrize("rect", [(0, 0, 200, 200), WORDS, BLANK], ids=["page", "words", "blank"])
def test_a_field_that_nobody_signed_draws_nothing(tmp_path: Path, rect: tuple[int, ...]) -> None:
    """Rohlmann et al., Attacks on PDF Certification (2021): it needs no key."""
    report = look(tmp_path, updated(sign(pdf(), signer()), empty_field(rect)))
    assert report.conclusion is Conclusion.INDETERMINATE
    assert Reason.MAY_HIDE in report.reasons


def test_a_background_draws_as_well(tmp_path: Path) -> None:
    ground = dictionary({"/BG": numbers(1)})
    change = empty_field((0, 0, 200, 200), b"", MK=ground)
    report = look(tmp_path, updated(sign(pdf(), signer()), change))
    assert report.conclusion is Conclusion.INDETERMINATE


def test_a_place_for_a_further_signature_is_permitted(tmp_path: Path) -> None:
    def place(writer: IncrementalPdfFileWriter) -> None:
        fields.append_signature_field(writer, fields.SigFieldSpec("Neu", box=(0, 0, 200, 200)))

    report = look(tmp_path, updated(sign(pdf(), signer()), place))
    assert report.conclusion is Conclusion.INTACT
    assert look(
        tmp_path, updated(sign(pdf(), signer()), empty_field(WORDS, b"q Q"))
    ).conclusion is (Conclusion.INTACT)


@pytest.mark.parametrize(
    "rect",
    [
        generic.ArrayObject([*numbers(0, 0, 200, 200, 7)]),
        numbers(200, 200, 0, 0),
    ],
    ids=["five numbers", "from the other corner"],
)
def test_a_rectangle_written_otherwise_is_one(tmp_path: Path, rect: generic.ArrayObject) -> None:
    change = empty_field((0, 0, 200, 200), PAINT, Rect=rect)
    report = look(tmp_path, updated(sign(pdf(), signer()), change))
    assert report.conclusion not in (Conclusion.INTACT, Conclusion.UNSIGNED)


@pytest.mark.parametrize("text", ["Max Muster", "Zahlen Sie 9999 Euro an Konto X"])
@pytest.mark.parametrize("box", [(0, 0, 200, 200), WORDS], ids=["page", "words"])
def test_a_later_signature_over_what_was_signed(
    tmp_path: Path, box: tuple[int, int, int, int], text: str
) -> None:
    report = look(tmp_path, visible(sign(pdf(), signer()), box, text, opaque=True))
    first, second = report.signatures
    assert first.conclusion is Conclusion.INDETERMINATE
    assert Reason.MAY_HIDE in first.reasons
    assert second.conclusion is Conclusion.INTACT


@pytest.mark.parametrize("turned", [0, 90])
def test_a_later_signature_beside_what_was_signed(tmp_path: Path, turned: int) -> None:
    def turn(writer: IncrementalPdfFileWriter) -> None:
        first = writer.root["/Pages"]["/Kids"][0]
        first[pdf_name("/Rotate")] = generic.NumberObject(turned)  # type: ignore[no-untyped-call]
        first[pdf_name("/CropBox")] = numbers(10, 10, 190, 190)
        writer.update_container(first)

    signed = sign(updated(pdf(), turn), signer())
    report = look(tmp_path, visible(signed, BLANK))
    assert report.conclusion is Conclusion.INTACT
    assert report.signatures[0].changes is Changes.PERMITTED
    assert look(tmp_path, visible(signed, WORDS)).conclusion is Conclusion.INDETERMINATE


def test_a_signature_over_its_line(tmp_path: Path) -> None:
    """People sign on the line that is drawn for it."""

    def line(writer: IncrementalPdfFileWriter) -> None:
        first = writer.root["/Pages"]["/Kids"][0]
        drawn = generic.StreamObject(stream_data=b"0.5 w 20 40 m 180 40 l S")
        first[pdf_name("/Contents")] = writer.add_object(drawn)
        writer.update_container(first)

    signed = sign(updated(pdf(), line), signer())
    assert look(tmp_path, visible(signed, BLANK)).conclusion is Conclusion.INTACT


def test_a_field_that_the_signer_saw_may_be_filled_by_another(tmp_path: Path) -> None:
    def place(writer: IncrementalPdfFileWriter) -> None:
        fields.append_signature_field(writer, fields.SigFieldSpec("Zweite", box=WORDS))

    signed = sign(updated(pdf(), place), signer())
    writer = IncrementalPdfFileWriter(io.BytesIO(signed))
    out = io.BytesIO()
    metadata = signers.PdfSignatureMetadata(field_name="Zweite")
    style = TextStampStyle(stamp_text="Max Muster")
    signers.PdfSigner(metadata, signer=signer("Zweiter"), stamp_style=style).sign_pdf(
        writer, output=out
    )
    assert look(tmp_path, out.getvalue()).conclusion is Conclusion.INTACT
