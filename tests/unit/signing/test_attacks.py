"""Own forgeries on own signatures: incremental updates, shadows, removed fields, foreign bytes."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields

from signing.report.interface import Changes, Conclusion, Integrity, Reason, SignatureReport
from signing.validate import validate_file
from tests.unit.signing.make import AT, pdf, sign, signer, write

Change = Callable[[IncrementalPdfFileWriter], None]


def look(folder: Path, data: bytes) -> SignatureReport:
    return validate_file(write(folder, "letter.pdf", data), (), AT, None, "letter.pdf")


def updated(data: bytes, change: Change) -> bytes:
    """``data`` with one incremental update."""
    writer = IncrementalPdfFileWriter(io.BytesIO(data))
    change(writer)
    out = io.BytesIO()
    writer.write(out)  # type: ignore[no-untyped-call]
    return out.getvalue()


def dictionary(entries: dict[str, generic.PdfObject]) -> generic.DictionaryObject:
    named = {pdf_name(key): value for key, value in entries.items()}
    return generic.DictionaryObject(named)  # type: ignore[no-untyped-call]


def number(value: int) -> generic.NumberObject:
    return generic.NumberObject(value)  # type: ignore[no-untyped-call]


def numbers(*values: int) -> generic.ArrayObject:
    return generic.ArrayObject(number(value) for value in values)


def page(writer: IncrementalPdfFileWriter, number: int = 0) -> generic.DictionaryObject:
    ref = writer.root["/Pages"]["/Kids"].raw_get(number).reference
    found: generic.DictionaryObject = ref.get_object()
    writer.mark_update(ref)
    return found


def stream(writer: IncrementalPdfFileWriter, text: bytes) -> generic.IndirectObject:
    return writer.add_object(generic.StreamObject(stream_data=text))


def replace_contents(writer: IncrementalPdfFileWriter) -> None:
    page(writer)[pdf_name("/Contents")] = stream(writer, b"BT /F1 12 Tf (anderer Text) Tj ET")


def overwrite_contents(writer: IncrementalPdfFileWriter) -> None:
    """The stream object itself gets new data under its old number."""
    content = page(writer)["/Contents"]
    content._data = b"BT /F1 12 Tf (anderer Text) Tj ET"
    content._encoded_data = None
    writer.update_container(content)


def add_page(writer: IncrementalPdfFileWriter) -> None:
    pages = writer.root["/Pages"]
    new = writer.add_object(
        dictionary(
            {
                "/Type": pdf_name("/Page"),
                "/Parent": writer.root.raw_get("/Pages"),
                "/MediaBox": numbers(0, 0, 200, 200),
            }
        )
    )
    pages["/Kids"].append(new)
    pages[pdf_name("/Count")] = number(int(pages["/Count"]) + 1)
    writer.update_container(pages)


def remove_page(writer: IncrementalPdfFileWriter) -> None:
    pages = writer.root["/Pages"]
    del pages["/Kids"][1]
    pages[pdf_name("/Count")] = number(1)
    writer.update_container(pages)


def annotate(writer: IncrementalPdfFileWriter) -> None:
    note = writer.add_object(
        dictionary(
            {
                "/Type": pdf_name("/Annot"),
                "/Subtype": pdf_name("/FreeText"),
                "/Rect": numbers(0, 0, 200, 200),
                "/Contents": generic.TextStringObject("verdeckt alles"),
            }
        )
    )
    page(writer)[pdf_name("/Annots")] = generic.ArrayObject([note])


def swap_font(writer: IncrementalPdfFileWriter) -> None:
    font = page(writer)["/Resources"]["/Font"]["/F1"]
    font[pdf_name("/BaseFont")] = pdf_name("/Symbol")
    writer.update_container(font)


def remove_form(writer: IncrementalPdfFileWriter) -> None:
    del writer.root["/AcroForm"]
    writer.mark_update(writer.root_ref)


def empty_field(writer: IncrementalPdfFileWriter) -> None:
    field = writer.root["/AcroForm"]["/Fields"][0]
    del field["/V"]
    writer.update_container(field)


def javascript(writer: IncrementalPdfFileWriter) -> None:
    writer.root[pdf_name("/OpenAction")] = dictionary(
        {
            "/S": pdf_name("/JavaScript"),
            "/JS": generic.TextStringObject("app.alert(1)"),
        }
    )
    writer.mark_update(writer.root_ref)


@pytest.mark.parametrize(
    "change",
    [
        replace_contents,
        overwrite_contents,
        add_page,
        remove_page,
        annotate,
        swap_font,
        remove_form,
        empty_field,
        javascript,
    ],
)
def test_updates_that_change_what_is_shown(tmp_path: Path, change: Change) -> None:
    report = look(tmp_path, updated(sign(pdf(), signer()), change))
    assert report.conclusion is Conclusion.CHANGED
    (signature,) = report.signatures
    assert signature.integrity is Integrity.INTACT
    assert signature.changes is Changes.SUSPICIOUS


@pytest.mark.parametrize("change", [replace_contents, overwrite_contents, add_page, remove_page])
def test_the_second_reader_sees_it_too(tmp_path: Path, change: Change) -> None:
    report = look(tmp_path, updated(sign(pdf(), signer()), change))
    assert Reason.PAGES_DIFFER in report.reasons


def test_a_removed_signature_is_not_forgotten(tmp_path: Path) -> None:
    report = look(tmp_path, updated(sign(pdf(), signer()), empty_field))
    assert Reason.FIELD_MISSING in report.reasons


def test_a_change_hidden_under_a_later_signature(tmp_path: Path) -> None:
    changed = updated(sign(pdf(), signer("Erster")), replace_contents)
    report = look(tmp_path, sign(changed, signer("Zweiter"), field="Zweite"))
    assert report.conclusion is Conclusion.CHANGED
    conclusions = {s.field: s.conclusion for s in report.signatures}
    assert conclusions == {
        "Unterschrift": Conclusion.CHANGED,
        "Zweite": Conclusion.INTACT,
    }


def test_a_change_that_is_taken_back_is_still_one(tmp_path: Path) -> None:
    """Shadow: the update is there, whatever the last revision shows."""
    signed = sign(pdf(), signer())

    def back(writer: IncrementalPdfFileWriter) -> None:
        page(writer)[pdf_name("/Contents")] = stream(writer, b"BT /F1 12 Tf (Bescheid 1) Tj ET")

    report = look(tmp_path, updated(updated(signed, replace_contents), back))
    assert report.conclusion is Conclusion.CHANGED


def with_form(writer: IncrementalPdfFileWriter) -> None:
    """A text field on the first page, empty."""
    field = writer.add_object(
        dictionary(
            {
                "/FT": pdf_name("/Tx"),
                "/T": generic.TextStringObject("Name"),
                "/Type": pdf_name("/Annot"),
                "/Subtype": pdf_name("/Widget"),
                "/Rect": numbers(10, 10, 90, 20),
            }
        )
    )
    writer.root[pdf_name("/AcroForm")] = dictionary({"/Fields": generic.ArrayObject([field])})
    writer.mark_update(writer.root_ref)
    page(writer)[pdf_name("/Annots")] = generic.ArrayObject([field])


def fill_form(writer: IncrementalPdfFileWriter) -> None:
    field = writer.root["/AcroForm"]["/Fields"][0]
    field[pdf_name("/V")] = generic.TextStringObject("Erika")
    writer.update_container(field)


@pytest.mark.parametrize(
    ("level", "conclusion"),
    [
        (None, Conclusion.INTACT),
        (fields.MDPPerm.NO_CHANGES, Conclusion.CHANGED),
        (fields.MDPPerm.FILL_FORMS, Conclusion.INTACT),
        (fields.MDPPerm.ANNOTATE, Conclusion.INTACT),
    ],
)
def test_filling_a_form_where_the_signer_allows_it(
    tmp_path: Path, level: fields.MDPPerm | None, conclusion: Conclusion
) -> None:
    signed = sign(updated(pdf(), with_form), signer(), certify=level)
    report = look(tmp_path, updated(signed, fill_form))
    assert report.conclusion is conclusion
    if conclusion is Conclusion.CHANGED:
        assert Reason.CHANGE_NOT_ALLOWED in report.reasons


def test_signing_again_where_the_first_signer_allows_it(tmp_path: Path) -> None:
    certified = sign(pdf(), signer("Erster"), certify=fields.MDPPerm.FILL_FORMS)
    report = look(tmp_path, sign(certified, signer("Zweiter"), field="Zweite"))
    assert report.conclusion is Conclusion.INTACT


@pytest.mark.parametrize(
    "tail",
    [
        b"\n9 0 obj\n<</Type/Page>>\nendobj\n",
        b"\n%%EOF\n9 0 obj\n<<>>\nendobj\nstartxref\n17\n%%EOF\n",
        b"trailer<</Root 1 0 R>>",
        b"x",
        b"\0" * 2000 + b"x",
        b"%PDF-1.4 another file",
    ],
)
def test_foreign_bytes_behind_the_end(tmp_path: Path, tail: bytes) -> None:
    report = look(tmp_path, sign(pdf(), signer()) + tail)
    assert report.conclusion in (Conclusion.CHANGED, Conclusion.INDETERMINATE)


def test_white_space_behind_the_end_is_nothing(tmp_path: Path) -> None:
    report = look(tmp_path, sign(pdf(), signer()) + b"\r\n")
    assert report.conclusion is Conclusion.INTACT
    assert report.signatures[0].covers_whole_file is False


def test_an_object_between_the_revisions(tmp_path: Path) -> None:
    """Bytes that no cross-reference names, in front of a harmless update."""
    first = sign(pdf(), signer("Erster"))
    second = sign(first + b"\n7 0 obj\n(fremd)\nendobj\n", signer("Zweiter"), field="Zweite")
    report = look(tmp_path, second)
    assert report.conclusion is not Conclusion.INTACT


def test_a_signature_made_of_another_files_parts(tmp_path: Path) -> None:
    """The hole of one file filled with the signature of another."""
    one, two = sign(pdf(), signer("A")), sign(pdf(1, "Anderes"), signer("B"))

    def hole(data: bytes) -> tuple[int, int]:
        start = data.index(b"/Contents <") + 11
        return start, data.index(b">", start)

    (start, end), (from_start, from_end) = hole(one), hole(two)
    foreign = two[from_start:from_end][: end - start].ljust(end - start, b"0")
    forged = one[:start] + foreign + one[end:]
    report = look(tmp_path, forged)
    assert report.conclusion is Conclusion.BROKEN
    assert Reason.DIGEST_MISMATCH in report.reasons


def test_prepared_content_is_signed_content(tmp_path: Path) -> None:
    """What was hidden before signing was signed; no check of the signature can see it."""

    def prepare(writer: IncrementalPdfFileWriter) -> None:
        stream(writer, b"BT /F1 12 Tf (versteckt) Tj ET")

    report = look(tmp_path, sign(updated(pdf(), prepare), signer()))
    assert report.conclusion is Conclusion.INTACT


def test_more_signatures_than_are_checked_is_no_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signing.formats.report_lines.MOST", 1)
    twice = sign(sign(pdf(), signer("A")), signer("B"), field="Zweite")
    report = look(tmp_path, twice)
    assert report.conclusion is Conclusion.INDETERMINATE
    assert Reason.TOO_MANY_SIGNATURES in report.reasons


@pytest.mark.parametrize("head", [b"From: a@example.org\n", b"PK\x03\x04", b"<!-- ", b"0\n"])
def test_foreign_bytes_before_the_beginning(tmp_path: Path, head: bytes) -> None:
    report = look(tmp_path, head + sign(pdf(), signer()))
    assert report.conclusion not in (Conclusion.INTACT, Conclusion.UNSIGNED)


def with_tree(writer: IncrementalPdfFileWriter) -> None:
    tree = dictionary({"/Type": pdf_name("/StructTreeRoot")})
    writer.root[pdf_name("/StructTreeRoot")] = writer.add_object(tree)
    writer.mark_update(writer.root_ref)


def tagged(writer: IncrementalPdfFileWriter, **entries: generic.PdfObject) -> None:
    """A further element in the structure tree."""
    element = {"/Type": pdf_name("/StructElem"), "/S": pdf_name("/Form")} | entries
    tree = writer.root["/StructTreeRoot"]
    tree[pdf_name("/K")] = generic.ArrayObject([writer.add_object(dictionary(element))])
    writer.update_container(tree)


def test_a_structure_tree_that_grows_changes_nothing_shown(tmp_path: Path) -> None:
    signed = sign(updated(pdf(), with_tree), signer())
    assert look(tmp_path, updated(signed, tagged)).conclusion is Conclusion.INTACT
    again = sign(updated(signed, tagged), signer("Zweiter"), field="Zweite")
    assert look(tmp_path, again).conclusion is Conclusion.INTACT


def test_other_words_for_the_page_are_a_change(tmp_path: Path) -> None:
    signed = sign(updated(pdf(), with_tree), signer())

    def spoken(writer: IncrementalPdfFileWriter) -> None:
        tagged(writer, **{"/ActualText": generic.TextStringObject("abgelehnt")})

    assert look(tmp_path, updated(signed, spoken)).conclusion is Conclusion.CHANGED


def unlisted_object(signed: bytes, body: bytes, number: int) -> bytes:
    """A later revision with an object in it that its cross-reference table leaves out."""
    added = updated(signed, lambda writer: writer.mark_update(writer.root_ref))
    end = len(signed)
    at = added.index(b" obj", end)
    start = added.rindex(b"\n", 0, at) + 1
    extra = b"%d 0 obj\n%s\nendobj\n" % (number, body)
    # Every place behind it moves by the length of the extra object.
    table = added.rindex(b"xref\n0 ")
    moved = re.sub(
        rb"(?<=\n)(\d{10}) (\d{5}) n",
        lambda place: b"%010d %s n" % (int(place[1]) + len(extra), place[2]),
        added[table:],
    )
    moved = moved.replace(b"startxref\n%d" % table, b"startxref\n%d" % (table + len(extra)))
    return added[:start] + extra + added[start:table] + moved


def test_an_object_out_of_reach_changes_nothing(tmp_path: Path) -> None:
    signed = sign(pdf(), signer())
    assert look(tmp_path, unlisted_object(signed, b"<</A 1>>", 900)).conclusion is Conclusion.INTACT


@pytest.mark.parametrize(
    ("body", "number"),
    [(b"<</Type /Catalog>>", 900), (b"<</Length 0>>", 1), (b"<</Kids [900 0 R]>>", 900)],
)
def test_an_object_that_a_repairing_reader_could_take_is_unexplained(
    body: bytes, number: int, tmp_path: Path
) -> None:
    signed = sign(pdf(), signer())
    report = look(tmp_path, unlisted_object(signed, body, number))
    assert report.conclusion is not Conclusion.INTACT
