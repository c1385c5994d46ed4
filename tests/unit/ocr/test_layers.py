"""Layers that are off are neither shown nor read, and stay off in the copy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf, String
from PIL import Image

from ocr.pdf.layers import Layers
from ocr.pdf.shown_pdf import show
from ocr.recognition.page_reading import read_page
from ocr.scan_profile import ScanProfile
from tests.unit.ocr.pdfs import annotation, form, image, lines, page, plainly_drawn, written

PROFILE = ScanProfile(languages=("deu",))


def group(pdf: Pdf, **more: Any) -> Any:
    return pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String("Ebene"), **more))


def declare(pdf: Pdf, groups: list[Any], **default: Any) -> None:
    pdf.Root.OCProperties = Dictionary(OCGs=Array(groups), D=Dictionary(**default))


def member(pdf: Pdf, *groups: Any, **more: Any) -> Any:
    return pdf.make_indirect(Dictionary(Type=Name.OCMD, OCGs=Array(groups), **more))


@pytest.mark.parametrize(
    ("default", "on_shown", "off_shown"),
    [
        (lambda on, off: {"OFF": Array([off])}, True, False),
        (lambda on, off: {"BaseState": Name.OFF, "ON": Array([on])}, True, False),
        (lambda on, off: {}, True, True),
        (
            lambda on, off: {"AS": Array([Dictionary(Event=Name.View, OCGs=Array([on, off]))])},
            True,
            False,
        ),
        (
            lambda on, off: {"AS": Array([Dictionary(Event=Name.Print, OCGs=Array([on, off]))])},
            True,
            True,
        ),
    ],
)
def test_states(default: Any, on_shown: bool, off_shown: bool) -> None:
    pdf = Pdf.new()
    on = group(pdf, Usage=Dictionary(View=Dictionary(ViewState=Name.ON)))
    off = group(pdf, Usage=Dictionary(View=Dictionary(ViewState=Name.OFF)))
    declare(pdf, [on, off], **default(on, off))
    found = Layers(pdf)
    assert (found.shows(on), found.shows(off)) == (on_shown, off_shown)
    found.settle(pdf)
    again = Layers(pdf)
    assert (again.shows(on), again.shows(off)) == (on_shown, off_shown)
    assert not {"/AS", "/BaseState"} & set(pdf.Root.OCProperties.D.keys())


@pytest.mark.parametrize(
    ("policy", "mixed", "all_on", "all_off"),
    [
        ("AnyOn", True, True, False),
        ("AllOn", False, True, False),
        ("AnyOff", True, False, True),
        ("AllOff", False, False, True),
        (None, True, True, False),
    ],
)
def test_policies(policy: str | None, mixed: bool, all_on: bool, all_off: bool) -> None:
    pdf = Pdf.new()
    on, off = group(pdf), group(pdf)
    declare(pdf, [on, off], OFF=Array([off]))
    said = {} if policy is None else {"P": Name("/" + policy)}
    found = Layers(pdf)
    assert found.shows(member(pdf, on, off, **said)) is mixed
    assert found.shows(member(pdf, on, **said)) is all_on
    assert found.shows(member(pdf, off, **said)) is all_off


@pytest.mark.parametrize(
    ("group_is_for", "configuration_is_for", "shown"),
    [
        (Name.Design, None, True),
        (Name.View, None, False),
        (Array([Name.Design, Name.View]), None, False),
        (Name.Design, Name.Design, False),
        (None, Name.Design, True),
        (Name.Design, Name.All, False),
        (Name.Design, Array([]), True),
    ],
)
def test_a_group_for_another_purpose_hides_nothing(
    group_is_for: Any, configuration_is_for: Any, shown: bool
) -> None:
    pdf = Pdf.new()
    off = group(pdf, **({"Intent": group_is_for} if group_is_for is not None else {}))
    purpose = {"Intent": configuration_is_for} if configuration_is_for is not None else {}
    declare(pdf, [off], OFF=Array([off]), **purpose)
    found = Layers(pdf)
    assert found.shows(off) is shown
    found.settle(pdf)
    assert len(pdf.Root.OCProperties.D.OFF) == (0 if shown else 1)


def test_visibility_expressions() -> None:
    pdf = Pdf.new()
    on, off = group(pdf), group(pdf)
    declare(pdf, [on, off], OFF=Array([off]))
    found = Layers(pdf)

    def shown(*expression: Any) -> bool:
        return found.shows(member(pdf, on, VE=Array(expression)))

    assert shown(Name.Not, off) and not shown(Name.Not, on)
    assert shown(Name.Or, on, off) and not shown(Name.And, on, off)
    assert shown(Name.And, on, Array([Name.Not, off]))


def sheet(pdf: Pdf, way: str) -> Any:
    """A page with visible text, and other text and a picture in a layer that is off."""
    off = group(pdf)
    declare(pdf, [off], OFF=Array([off]))
    scan = image(pdf, written(["Verborgenes Bild"]))
    draw = b"q 595 0 0 842 0 0 cm /I0 Do Q\n"
    hidden = lines("Verborgen", y=500) + draw
    if way == "object":
        scan["/OC"] = off
        return page(pdf, lines("Sichtbar") + draw, XObject=Dictionary(I0=scan))
    if way == "form":
        inner = form(
            pdf, hidden, [0, 0, 595, 842], OC=off, resources={"XObject": Dictionary(I0=scan)}
        )
        return page(pdf, lines("Sichtbar") + b"/I0 Do\n", XObject=Dictionary(I0=inner))
    marked = b"/OC /MC0 BDC\n" + hidden + b"10 10 50 50 re f\nEMC\n"
    if way == "inside":
        resources = {"XObject": Dictionary(I0=scan), "Properties": Dictionary(MC0=off)}
        inner = form(pdf, marked, [0, 0, 595, 842], resources=resources)
        return page(pdf, lines("Sichtbar") + b"/I0 Do\n", XObject=Dictionary(I0=inner))
    if way == "inherited":
        inner = form(pdf, marked, [0, 0, 595, 842])
        outer = form(pdf, b"/I1 Do\n", [0, 0, 595, 842])
        del inner["/Resources"], outer["/Resources"]
        return page(
            pdf,
            lines("Sichtbar") + b"/I2 Do\n",
            XObject=Dictionary(I0=scan, I1=inner, I2=outer),
            Properties=Dictionary(MC0=off),
        )
    return page(
        pdf,
        lines("Sichtbar") + marked + lines("Danach", y=300),
        XObject=Dictionary(I0=scan),
        Properties=Dictionary(MC0=off),
    )


@pytest.mark.parametrize("way", ["object", "form", "inside", "inherited", "marked"])
def test_what_is_off_is_neither_read_nor_taken_for_a_scan(tmp_path: Path, way: str) -> None:
    pdf = Pdf.new()
    sheet(pdf, way)
    path = tmp_path / "in.pdf"
    pdf.save(path)
    read = read_page(path, 1, 0, PROFILE)
    assert read.source == "text"
    assert "Sichtbar" in read.text and "Verborgen" not in read.text
    seen: Image.Image = show(path).document[0].render(scale=1).to_pil().convert("RGB")
    assert seen.tobytes() == plainly_drawn(path).tobytes()


def test_an_annotation_of_a_hidden_layer_is_not_shown(tmp_path: Path) -> None:
    pdf = Pdf.new()
    off = group(pdf)
    declare(pdf, [off], OFF=Array([off]))
    look = form(pdf, lines("Stempel", x=5, y=5), [0, 0, 100, 40])
    note = annotation(pdf, "Stamp", [100, 400, 200, 440], AP=Dictionary(N=look), OC=off)
    page(pdf, lines("Sichtbar"))["/Annots"] = Array([note])
    pdf.save(tmp_path / "in.pdf")
    assert "Stempel" not in show(tmp_path / "in.pdf").document[0].get_textpage().get_text_bounded()


def test_files_without_layers_are_left_alone() -> None:
    pdf = Pdf.new()
    found = Layers(pdf)
    assert not found.some and found.shows(pikepdf.Dictionary())
