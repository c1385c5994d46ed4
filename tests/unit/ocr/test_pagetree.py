"""Every page stands alone once a file is open, whatever its tree was like."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2 as pdfium
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name, Pdf

from config.errors import HoldReason, InputError
from ocr.findings import Severity
from ocr.pdf.opening import open_pdf, open_with_tree
from ocr.pdf.page_tree import LETTER, make_plain
from ocr.pdf.shown_pdf import show
from ocr.preflight.incoming import Limits
from ocr.preflight.inspection import inspect
from tests.unit.ocr.pdfs import annotation, drawn, helvetica, ink, lines, page, plainly_drawn

LIMITS = Limits()


def sheet(pdf: Pdf, mark: int, **more: Any) -> Any:
    """A page without anything that it could inherit; its content tells it from others."""
    content = pdf.make_stream(b"0 0 %d 100 re f" % (10 + 20 * mark))
    return pdf.make_indirect(Dictionary(Type=Name.Page, Contents=content, **more))


def tree(pdf: Pdf, kids: list[Any], **more: Any) -> Any:
    """Make ``kids`` the tree's root; /Count is right unless told otherwise."""
    root = pdf.Root.Pages
    root.Kids = Array(kids)
    root.Count = more.pop("count", len(kids))
    for key, value in more.items():
        root["/" + key] = value
    for kid in kids:
        if isinstance(kid, Dictionary):
            kid["/Parent"] = root
    return root


def saved(pdf: Pdf, path: Path) -> Path:
    pdf.save(path, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return path


@pytest.mark.parametrize("levels", [1, 2, 5])
@pytest.mark.parametrize("key", ["MediaBox", "CropBox", "Rotate", "Resources"])
def test_what_stands_above_a_page_is_its_own(tmp_path: Path, key: str, levels: int) -> None:
    pdf = Pdf.new()
    value: Any = {
        "MediaBox": Array([10, 20, 400, 500]),
        "CropBox": Array([30, 30, 300, 300]),
        "Rotate": 90,
        "Resources": Dictionary(Font=Dictionary(F1=helvetica(pdf))),
    }[key]
    node = sheet(pdf, 1)
    for _ in range(levels - 1):
        above = pdf.make_indirect(Dictionary(Type=Name.Pages, Kids=Array([node]), Count=1))
        node["/Parent"] = above
        node = above
    tree(pdf, [node], **{key: value})
    with open_pdf(saved(pdf, tmp_path / "in.pdf")) as opened:
        found = opened.pages[0].obj
        assert opened.Root.Pages.Kids[0].objgen == found.objgen
        assert "/" + key not in opened.Root.Pages
        if key == "Resources":
            assert found.Resources.Font.F1.BaseFont == Name.Helvetica
        else:
            inherited: Any = found["/" + key]
            assert (inherited if key == "Rotate" else list(map(float, inherited))) == (
                value if key == "Rotate" else list(map(float, value))
            )


def test_a_nearer_value_counts(tmp_path: Path) -> None:
    pdf = Pdf.new()
    leaf = sheet(pdf, 1)
    middle = pdf.make_indirect(
        Dictionary(Type=Name.Pages, Kids=Array([leaf]), Count=1, MediaBox=Array([0, 0, 200, 300]))
    )
    leaf["/Parent"] = middle
    tree(pdf, [middle], MediaBox=Array([0, 0, 595, 842]), Rotate=180)
    with open_pdf(saved(pdf, tmp_path / "in.pdf")) as opened:
        assert list(map(float, opened.pages[0].mediabox)) == [0, 0, 200, 300]
        assert opened.pages[0].obj.Rotate == 180


@pytest.mark.parametrize(
    ("given", "media", "crop"),
    [
        ({"MediaBox": [595, 842, 0, 0]}, (0, 0, 595, 842), None),
        ({"MediaBox": [-100, -50, 495, 792]}, (-100, -50, 495, 792), None),
        ({"MediaBox": [0, 0, 595, 842], "CropBox": [-9, -9, 700, 900]}, None, (0, 0, 595, 842)),
        (
            {"MediaBox": [0, 0, 595, 842], "CropBox": [500, 800, 100, 100]},
            None,
            (100, 100, 500, 800),
        ),
        ({"MediaBox": [0, 0, 595, 842], "CropBox": [900, 900, 990, 990]}, (0, 0, 595, 842), None),
        ({"MediaBox": [0, 0, 0, 842]}, LETTER, None),
        ({"MediaBox": [0, 0, 595]}, LETTER, None),
        ({"MediaBox": 7}, LETTER, None),
        ({}, LETTER, None),
    ],
)
def test_boxes_are_in_order_and_shown_as_viewers_show_them(
    tmp_path: Path, given: dict[str, Any], media: Any, crop: Any
) -> None:
    pdf = Pdf.new()
    leaf = sheet(pdf, 5, **{k: Array(v) if isinstance(v, list) else v for k, v in given.items()})
    tree(pdf, [leaf])
    path = saved(pdf, tmp_path / "in.pdf")
    with open_pdf(path) as opened:
        found = opened.pages[0].obj
        if media is not None:
            assert tuple(map(float, found.MediaBox)) == pytest.approx(media)
        assert ("/CropBox" in found) == (crop is not None)
        if crop is not None:
            assert tuple(map(float, found.CropBox)) == pytest.approx(crop)
    if given.get("CropBox") != [900, 900, 990, 990]:  # pdfium alone shows nothing at all of it
        assert drawn(path).tobytes() == plainly_drawn(path).tobytes()


@pytest.mark.parametrize(
    ("said", "meant"), [(90, 90), (-90, 270), (450, 90), (90.0, 90), (45, 0), (Name.Foo, 0)]
)
def test_a_turn_is_a_quarter_or_none(tmp_path: Path, said: Any, meant: int) -> None:
    pdf = Pdf.new()
    tree(pdf, [sheet(pdf, 1)], MediaBox=Array([0, 0, 200, 300]), Rotate=said)
    with open_pdf(saved(pdf, tmp_path / "in.pdf")) as opened:
        assert opened.pages[0].obj.Rotate == meant


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_any_tree_gives_its_pages_in_order(data: st.DataObject) -> None:
    pdf, marks = Pdf.new(), iter(range(1000))
    expected: list[tuple[int, int]] = []

    def build(depth: int, turn: int) -> tuple[Any, int]:
        own = data.draw(st.sampled_from([None, 0, 90, 180, 270]))
        here = turn if own is None else own
        more: dict[str, Any] = {} if own is None else {"Rotate": own}
        if depth and data.draw(st.booleans()):
            built = [build(depth - 1, here) for _ in range(data.draw(st.integers(0, 3)))]
            node = pdf.make_indirect(
                Dictionary(
                    Type=Name.Pages,
                    Kids=Array([kid for kid, _ in built]),
                    Count=data.draw(st.integers(-2, 9)),
                    **more,
                )
            )
            for kid, _ in built:
                kid["/Parent"] = node
            return node, sum(count for _, count in built)
        mark = next(marks)
        expected.append((mark, here))
        return sheet(pdf, mark, **more), 1

    tops = [build(3, 0) for _ in range(3)]
    tree(pdf, [top for top, _ in tops], count=sum(count for _, count in tops))
    out = io.BytesIO()
    pdf.save(out)
    out.seek(0)
    with pikepdf.open(out, inherit_page_attributes=False) as opened:
        assert make_plain(opened).pages == len(expected)
        found = [
            (int(p.obj.Contents.read_bytes().split()[2]), int(p.obj.get("/Rotate", 0)))
            for p in opened.pages
        ]
    assert found == [(10 + 20 * mark, turn) for mark, turn in expected]


def with_count(path: Path, count: bytes) -> Path:
    path.write_bytes(re.sub(rb"/Count \d+", b"/Count " + count, path.read_bytes(), count=1))
    return path


def three(tmp_path: Path) -> Pdf:
    pdf = Pdf.new()
    for word in ("eins", "zwei", "drei"):
        page(pdf, lines(f"Blatt {word}"))
    return pdf


@pytest.mark.parametrize("count", [b"1", b"5", b"0", b"-3", b"900000"])
def test_a_wrong_count_loses_no_page_and_is_told(tmp_path: Path, count: bytes) -> None:
    path = with_count(saved(three(tmp_path), tmp_path / "in.pdf"), count)
    found = inspect(path, LIMITS)
    assert found.pages == 3
    (told,) = [one for one in found.findings if one.code == "pdf.page_count"]
    assert told.severity is Severity.BLOCKS_DESTRUCTION
    assert "Blatt drei" in show(path).document[2].get_textpage().get_text_bounded()


def test_a_right_count_is_not_told(tmp_path: Path) -> None:
    found = inspect(saved(three(tmp_path), tmp_path / "in.pdf"), LIMITS)
    assert (found.pages, found.findings) == (3, ())


@pytest.mark.parametrize("kind", ["loop", "number", "missing", "other"])
def test_a_broken_branch_costs_itself_and_is_told(tmp_path: Path, kind: str) -> None:
    pdf = three(tmp_path)
    root = pdf.Root.Pages
    kids = [pdf.Root.Pages.Kids[n] for n in range(3)]
    broken: dict[str, Any] = {
        "loop": root,
        "number": 42,
        "missing": pdf.make_indirect(Dictionary(Type=Name.Pages)),
        "other": pdf.make_indirect(Dictionary(Type=Name.Font)),
    }
    root.Kids = Array([kids[0], broken[kind], kids[1], kids[2]])
    root.Count = 4
    found = inspect(saved(pdf, tmp_path / "in.pdf"), LIMITS)
    assert found.pages == 3
    assert "pdf.page_count" in {one.code for one in found.findings}


def test_a_page_that_stands_twice_is_shown_twice(tmp_path: Path) -> None:
    pdf = three(tmp_path)
    kids = [pdf.Root.Pages.Kids[n] for n in (0, 1, 0)]
    tree(pdf, kids)
    path = saved(pdf, tmp_path / "in.pdf")
    opened, told = open_with_tree(path)
    with opened:
        assert told.pages == 3 and not told.broken
        assert len({one.obj.objgen for one in opened.pages}) == 3
    texts = [one.get_textpage().get_text_bounded() for one in show(path).document]
    assert ["Blatt eins" in text for text in texts] == [True, False, True]


def test_pages_that_no_tree_names_are_shown(tmp_path: Path) -> None:
    path = saved(three(tmp_path), tmp_path / "in.pdf")
    path.write_bytes(path.read_bytes().replace(b"/Kids", b"/Kidx"))
    found = inspect(path, LIMITS)
    assert found.pages == 3
    assert "pdf.page_count" in {one.code for one in found.findings}


@pytest.mark.parametrize("key", ["MediaBox", "CropBox"])
def test_the_top_of_a_page_with_an_inherited_box_stays(tmp_path: Path, key: str) -> None:
    """A link was enough to lose it: flattening gave the page a box of its own, Letter."""
    pdf = Pdf.new()
    top = page(pdf, lines("Erste Zeile", y=825) + lines("Letzte Zeile", y=20))
    top["/Annots"] = Array([annotation(pdf, "Link", [60, 60, 160, 80])])
    pdf.Root.Pages["/MediaBox"] = top["/MediaBox"]
    if key == "CropBox":
        pdf.Root.Pages["/CropBox"] = Array([0, 0, 595, 842])
        pdf.Root.Pages["/MediaBox"] = Array([-50, -50, 700, 900])
    del top["/MediaBox"]
    path = saved(pdf, tmp_path / "in.pdf")
    assert inspect(path, LIMITS).page_sizes == ((595.0, 842.0),)
    text = show(path).document[0].get_textpage().get_text_bounded()
    assert "Erste Zeile" in text and "Letzte Zeile" in text
    assert ink(drawn(path), (50, 815, 300, 842))


def locked_file(pdf: Pdf) -> pikepdf.AttachedFileSpec:
    return pikepdf.AttachedFileSpec(
        pdf,
        b"geheim",
        filename="geheim.txt",
        description="",
        mime_type="text/plain",
        creation_date="",
        mod_date="",
    )


def encrypted(path: Path, change: Any) -> Path:
    pdf = Pdf.new()
    page(pdf, lines("Offene Seite"))
    pdf.attachments["geheim.txt"] = locked_file(pdf)
    pdf.save(
        path,
        encryption=pikepdf.Encryption(user="u", owner="o", R=4, aes=True),
        object_stream_mode=pikepdf.ObjectStreamMode.disable,
    )
    path.write_bytes(change(path.read_bytes()))
    return path


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.replace(b"/Filter /Standard", b"/Filter /Adobe.PubSec"),
        lambda data: data.replace(b"/Filter /Standard", b"/Filter /FOPN_foweb"),
        lambda data: data.replace(b"/R 4", b"/R 9").replace(b"/V 4", b"/V 9"),
    ],
)
def test_a_file_for_others_is_encrypted_not_damaged(tmp_path: Path, change: Any) -> None:
    path = encrypted(tmp_path / "in.pdf", change)
    with pytest.raises(InputError) as held:
        inspect(path, LIMITS)
    assert held.value.reason is HoldReason.ENCRYPTED
    assert "beschädigt" not in str(held.value)


def attachments_alone(path: Path) -> Path:
    """Pages in the clear, attachments encrypted (ISO 32000-1, 7.6.5: EFF)."""
    pdf = Pdf.new()
    page(pdf, lines("Offene Seite"))
    pdf.attachments["geheim.txt"] = locked_file(pdf)
    locked = Dictionary(
        Filter=Name.Standard,
        V=4,
        R=4,
        Length=128,
        CF=Dictionary(StdCF=Dictionary(AuthEvent=Name.EFOpen, CFM=Name.AESV2, Length=16)),
        StmF=Name.Identity,
        StrF=Name.Identity,
        EFF=Name.StdCF,
        O=pikepdf.String(b"o" * 32),
        U=pikepdf.String(b"u" * 32),
        P=-1028,
    )
    pdf.trailer["/Encrypx"] = pdf.make_indirect(locked)
    pdf.save(path, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    path.write_bytes(path.read_bytes().replace(b"/Encrypx", b"/Encrypt"))
    return path


def test_encrypted_attachments_leave_the_pages_readable(tmp_path: Path) -> None:
    found = inspect(attachments_alone(tmp_path / "in.pdf"), LIMITS)
    assert {one.code for one in found.findings} == {"pdf.attachments", "pdf.attachment_locked"}
    assert not any("beschädigt" in one.text for one in found.findings)
    assert found.pages == 1


@pytest.mark.parametrize(
    "name",
    [
        "broken/pdfjs_Pages-tree-refs.pdf",
        "pdfa/test_pdf_a1-b.pdf",
    ],
)
def test_files_of_the_collection_look_as_in_a_viewer(shared_data: Path, name: str) -> None:
    path = shared_data / name
    assert drawn(path).size == plainly_drawn(path).size


def inheriting(folder: Path) -> list[Path]:
    """Files of the collection that have a page without a box of its own."""
    found = []
    for path in sorted(folder.rglob("*.pdf")):
        try:
            with pikepdf.open(path, inherit_page_attributes=False) as pdf:
                if "/MediaBox" in pdf.Root.Pages or "/CropBox" in pdf.Root.Pages:
                    found.append(path)
        except (pikepdf.PdfError, pikepdf.PasswordError, ValueError, AttributeError, KeyError):
            continue
    return found


@pytest.mark.corpus
def test_every_inherited_box_of_the_collection_comes_out_right(shared_data: Path) -> None:
    found = inheriting(shared_data)
    assert len(found) >= 12
    wrong = []
    for path in found:
        raw, seen = pdfium.PdfDocument(path), show(path).document
        for number in range(min(len(raw), 20)):
            try:
                size = raw[number].get_size()
            except pdfium.PdfiumError:
                continue  # pdfium alone cannot show this page
            if seen[number].get_size() != size:
                wrong.append((path.name, number + 1))
    assert not wrong
