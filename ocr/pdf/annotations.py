"""Fields, stamps and comments become part of the page, as a viewer shows them on screen.

Reading and copying call the same function, so that what is read is what the copy shows. What
cannot be drawn, and what is only seen on opening a comment, is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream

from ocr.geometry import PdfBox
from ocr.pdf.annotation_text import hides_value, inherited, string, text_of, turn_of
from ocr.pdf.appearance import Drawing, colour, drawing_of, line_width
from ocr.pdf.layers import Layers
from ocr.pdf.old_text_layer import unbalanced
from ocr.pdf.page_tree import box_of, numbers
from ocr.pdf.text_boxes import Lettering, Matrix, letter

INVISIBLE, HIDDEN, PRINT, NO_VIEW = 1, 2, 4, 32  #: annotation flags (table 165)
CORNERS = 4  #: numbers of a rectangle
MULTILINE, PASSWORD = 1 << 12, 1 << 13  #: field flags (table 228)
RADIO, PUSH = 1 << 15, 1 << 16  #: (table 226)
SHOWS_NOTHING = frozenset(("/Link", "/Popup", "/PrinterMark", "/TrapNet", "/Projection"))
SETS_ITS_TEXT = frozenset(("/FreeText", "/Widget", "/Link", "/Popup"))


@unique
class Fate(StrEnum):
    """What became of an annotation that is worth a word."""

    COMMENT = "comment"  #: its text is seen only on opening it
    NOT_DRAWN = "not_drawn"
    PRINT_ONLY = "print_only"
    VALUE = "value"  #: of a field, which shows another or only a part of it
    REDACTION = "redaction"  #: marked, but not carried out


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """``box`` in user space; ``text``: what it says, empty for nothing."""

    page: int
    kind: str
    fate: Fate
    text: str
    box: PdfBox | None

    @property
    def is_read(self) -> bool:
        """Whether its text is read for search though the page does not show it."""
        not_set = self.fate is Fate.NOT_DRAWN and f"/{self.kind}" in SETS_ITS_TEXT
        return not_set or self.fate in (Fate.COMMENT, Fate.VALUE)


@dataclass(slots=True)
class _Work:
    pdf: pikepdf.Pdf
    layers: Layers
    regenerate: bool
    fonts: Any  #: resources that fields without any of their own use
    remarks: list[Remark] = field(default_factory=list)
    texts: list[tuple[int, Any, Lettering, Drawing]] = field(default_factory=list)
    touched: set[int] = field(default_factory=set)


def has_any(pdf: pikepdf.Pdf) -> bool:
    """Whether a page carries anything but links."""
    return any(True for page in pdf.pages for note in _notes(page) if _kind(note) != "/Link")


def draw(pdf: pikepdf.Pdf, layers: Layers) -> list[Remark]:
    """Draw every annotation that a viewer shows on screen into its page; links stay as they are."""
    form = pdf.Root.get("/AcroForm")
    needed: Any = form.get("/NeedAppearances") if isinstance(form, Dictionary) else None
    regenerate = needed is True
    work = _Work(pdf, layers, regenerate, form.get("/DR") if isinstance(form, Dictionary) else None)
    for number, page in enumerate(pdf.pages, 1):
        kept = [note for note in _notes(page) if _prepare(work, number, note)]
        if len(kept) < len(list(_raw(page))):
            page.obj["/Annots"] = Array(kept)
        if any(_kind(note) not in SHOWS_NOTHING for note in kept):
            work.touched.add(number)
            _balance(page)
    if work.touched:
        _set_texts(work)
        if isinstance(form, Dictionary) and "/NeedAppearances" in form:
            del form["/NeedAppearances"]
        pdf.flatten_annotations("screen")
        for number in work.touched:
            links = [note for note in _notes(pdf.pages[number - 1]) if _kind(note) == "/Link"]
            pdf.pages[number - 1].obj["/Annots"] = Array(links)
    return work.remarks


def _raw(page: pikepdf.Page) -> list[Any]:
    notes = page.obj.get("/Annots")
    return list(notes) if isinstance(notes, Array) else []


def _notes(page: pikepdf.Page) -> Iterator[Any]:
    return (note for note in _raw(page) if isinstance(note, Dictionary))


def _kind(note: Any) -> str:
    return str(note.get("/Subtype", ""))


def _balance(page: pikepdf.Page) -> None:
    """What is added behind a sloppy page would else stand in a coordinate system of its own."""
    missing, surplus = unbalanced(page)
    if missing or surplus:
        page.contents_add(b"q\n" * surplus, prepend=True)
        page.contents_add(b"\nQ" * missing, prepend=False)


def _prepare(work: _Work, number: int, note: Any) -> bool:
    """Give an annotation the appearance that it lacks; False: it goes, nothing of it is shown."""
    kind, flags = _kind(note), _flags(note)
    if kind in SHOWS_NOTHING:
        return kind == "/Link"
    if flags & HIDDEN or not work.layers.shows(note.get("/OC")):
        return False
    text = text_of(note, kind)
    if flags & NO_VIEW:
        if flags & PRINT and (text or _has_appearance(note)):
            work.remarks.append(_remark(number, note, Fate.PRINT_ONLY, text))
        return False
    if kind == "/Redact":
        work.remarks.append(_remark(number, note, Fate.REDACTION, ""))
    if text and kind not in SETS_ITS_TEXT:
        work.remarks.append(_remark(number, note, Fate.COMMENT, text))
    if len(numbers(note.get("/Rect"))) != CORNERS and (text or _has_appearance(note)):
        work.remarks.append(_remark(number, note, Fate.NOT_DRAWN, text))
        return False  # programs put it anywhere or nowhere
    if flags & INVISIBLE:
        note["/F"] = flags & ~INVISIBLE  # it means kinds that no viewer knows, and only those
    drawn = _field(work, number, note) if kind == "/Widget" else _markup(work, number, note, text)
    if not drawn:
        work.remarks.append(_remark(number, note, Fate.NOT_DRAWN, text))
    return drawn


def _flags(note: Any) -> int:
    value = note.get("/F", 0)
    return value if isinstance(value, int) else 0


def _remark(number: int, note: Any, fate: Fate, text: str) -> Remark:
    return Remark(
        page=number,
        kind=_kind(note).removeprefix("/")[:40] or "?",
        fate=fate,
        text=text,
        box=box_of(note.get("/Rect")),
    )


def _has_appearance(note: Any) -> bool:
    """A normal appearance, or several by state, of which none may be chosen (an unchecked box)."""
    looks = note.get("/AP")
    normal = looks.get("/N") if isinstance(looks, Dictionary) else None
    if isinstance(normal, Stream):
        return box_of(normal.get("/BBox")) is not None  # without one no viewer shows anything
    return isinstance(normal, Dictionary)


# ------------------------------------------------------------------ markup


def _markup(work: _Work, number: int, note: Any, text: str) -> bool:
    if _has_appearance(note):
        _choose_only_state(note)
        return True
    if isinstance(note.get("/AP"), Dictionary):
        del note["/AP"]
    drawing = drawing_of(note)
    if drawing is None:
        return False
    if _kind(note) in ("/FreeText", "/Stamp"):
        shown = text or _stamp_name(note)
        box = box_of(note.get("/Rect"))
        if not shown or box is None:
            return bool(drawing.content)
        work.texts.append((number, note, _lettering(note, shown, box), drawing))
        return True
    _put(work.pdf, note, drawing, None)
    return True


def _choose_only_state(note: Any) -> None:
    """Where there is but one appearance and none is chosen, viewers show that."""
    looks = note["/AP"]["/N"]
    if not isinstance(looks, Stream) and "/AS" not in note and len(looks) == 1:
        note["/AS"] = Name(next(iter(looks.keys())))


def _stamp_name(note: Any) -> str:
    name = str(note.get("/Name", "")).removeprefix("/")
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).upper() if name else ""


def _lettering(note: Any, text: str, box: PdfBox) -> Lettering:
    size, ink = _default_appearance(note)
    if _kind(note) == "/Stamp":
        size, ink = 0.0, colour(note.get("/C")) or (0.8, 0.0, 0.0)
    return Lettering(
        text=text,
        width=box[2] - box[0],
        height=box[3] - box[1],
        size=size,
        colour=ink,
        align=_alignment(note),
        turn=turn_of(note),
    )


def _alignment(note: Any) -> str:
    side = inherited(note, "/Q")
    return {1: "C", 2: "R"}.get(side, "L") if isinstance(side, int) else "L"


def _default_appearance(note: Any) -> tuple[float, tuple[float, float, float]]:
    """Size (0: to fit) and colour of the text, from /DA (12.7.3.3)."""
    said = inherited(note, "/DA")
    text = str(said) if isinstance(said, str | pikepdf.String) else ""
    size = re.findall(r"([\d.]+)\s+Tf", text)
    ink = re.findall(r"((?:[\d.]+\s+){1,4})(?:rg|g|k)\b", text)
    try:
        points = float(size[-1]) if size else 0.0
        tones = Array([float(one) for one in ink[-1].split()]) if ink else None
    except ValueError:
        return 0.0, (0.0, 0.0, 0.0)
    return min(points, 400.0), colour(tones) or (0.0, 0.0, 0.0)


# ------------------------------------------------------------------ fields


def _field(work: _Work, number: int, widget: Any) -> bool:
    kind = inherited(widget, "/FT")
    flags = inherited(widget, "/Ff")
    flags = flags if isinstance(flags, int) else 0
    if kind == Name.Btn:
        return _button(work, number, widget, flags)
    if kind not in (Name.Tx, Name.Ch):
        return True  # a signature without appearance shows nothing
    text = text_of(widget, "/Widget")
    if kind == Name.Ch:
        text = _chosen(widget, text)
    if flags & PASSWORD:
        text = "*" * len(text)
    box = box_of(widget.get("/Rect"))
    if _has_appearance(widget) and not (work.regenerate and text):
        look = widget["/AP"]["/N"]
        readable = kind == Name.Tx and not flags & PASSWORD and isinstance(look, Stream)
        if readable and hides_value(look, text, work.fonts):
            work.remarks.append(_remark(number, widget, Fate.VALUE, text))
        return True
    if not text or box is None:
        return not text
    size, ink = _default_appearance(widget)
    lettering = Lettering(
        text=text,
        width=box[2] - box[0],
        height=box[3] - box[1],
        size=size,
        colour=ink,
        align=_alignment(widget),
        turn=turn_of(widget),
        lines=bool(flags & MULTILINE) or kind == Name.Ch,
    )
    work.texts.append((number, widget, lettering, Drawing(_field_frame(widget, box), box)))
    return True


def _chosen(widget: Any, text: str) -> str:
    """What a choice shows for the values that it exports."""
    options = inherited(widget, "/Opt")
    shown = {
        string(option[0]): string(option[1])
        for option in (options if isinstance(options, Array) else [])
        if isinstance(option, Array) and len(option) == 2
    }
    value = inherited(widget, "/V")
    chosen = [string(one) for one in value] if isinstance(value, Array) else [text]
    return ", ".join(filter(None, (shown.get(one, one) for one in chosen)))


def _field_frame(widget: Any, box: PdfBox) -> bytes:
    looks = widget.get("/MK")
    looks = looks if isinstance(looks, Dictionary) else Dictionary()
    place = b"%.2f %.2f %.2f %.2f re " % (box[0], box[1], box[2] - box[0], box[3] - box[1])
    content = b""
    for key, operator, paint in (("/BG", b"rg", b"f"), ("/BC", b"RG", b"S")):
        tone = colour(looks.get(key))
        if tone is not None:
            content += b"%.3f %.3f %.3f " % tone + operator + b" " + place + paint + b"\n"
    return b"%.2f w " % line_width(widget) + content if content else b""


def _button(work: _Work, number: int, widget: Any, flags: int) -> bool:
    if _has_appearance(widget):
        _choose_state(widget)
        return True
    box = box_of(widget.get("/Rect"))
    if box is None:
        return True
    frame = _field_frame(widget, box)
    if flags & PUSH:
        looks = widget.get("/MK")
        caption = string(looks.get("/CA")) if isinstance(looks, Dictionary) else ""
        if caption:
            text = _lettering(widget, caption, box)
            work.texts.append((number, widget, text, Drawing(frame, box)))
        return True
    state = widget.get("/AS", inherited(widget, "/V"))
    if isinstance(state, Name) and state != Name.Off and not flags & RADIO:
        cross = b"1 w %.2f %.2f m %.2f %.2f l %.2f %.2f m %.2f %.2f l S\n"
        frame += b"0 G " + cross % (*box, box[0], box[3], box[2], box[1])
    elif isinstance(state, Name) and state != Name.Off:
        return False  # which of several is chosen cannot be told without their appearances
    if frame:
        _put(work.pdf, widget, Drawing(frame, box), None)
    return True


def _choose_state(widget: Any) -> None:
    """A box that says no state of its own has that of its field (12.7.4.2.3)."""
    looks = widget["/AP"]["/N"]
    if isinstance(looks, Stream) or "/AS" in widget:
        return
    value = inherited(widget, "/V")
    widget["/AS"] = value if isinstance(value, Name) and str(value) in looks else Name.Off


# ------------------------------------------------------------------ putting it there


def _set_texts(work: _Work) -> None:
    made = letter(work.pdf, [text for _, _, text, _ in work.texts])
    for (number, note, text, drawing), lettered in zip(work.texts, made, strict=True):
        box = box_of(note.get("/Rect"))
        assert box is not None
        whole = Drawing(_background(note, text) + drawing.content, drawing.box)
        if lettered.unknown or not lettered.whole:
            work.remarks.append(_remark(number, note, Fate.NOT_DRAWN, text.text))
        _put(work.pdf, note, whole, (lettered.form, text.place(box)))


def _background(note: Any, text: Lettering) -> bytes:
    """/C of a free text, where its letters can be told from it."""
    paint = colour(note.get("/C")) if _kind(note) == "/FreeText" else None
    box = box_of(note.get("/Rect"))
    if paint is None or box is None:
        return b""
    if sum(abs(one - other) for one, other in zip(paint, text.colour, strict=True)) < 0.6:
        return b""
    place = (box[0], box[1], box[2] - box[0], box[3] - box[1])
    return b"%.3f %.3f %.3f rg %.2f %.2f %.2f %.2f re f\n" % (*paint, *place)


def _put(pdf: pikepdf.Pdf, note: Any, drawing: Drawing, text: tuple[Any, Matrix] | None) -> None:
    """Make the drawing the annotation's appearance."""
    resources = Dictionary()
    content = drawing.content
    opacity = numbers(Array([note.get("/CA", 1)]))
    opaque = min(1.0, max(0.0, opacity[0])) if opacity else 1.0
    if drawing.multiply or opaque < 1:
        blend = Name.Multiply if drawing.multiply else Name.Normal
        resources["/ExtGState"] = Dictionary(G=Dictionary(BM=blend, ca=opaque, CA=opaque))
        content = b"/G gs\n" + content
    if text is not None:
        form, matrix = text
        resources["/XObject"] = Dictionary(T=form)
        content += b"q %d %d %d %d %.2f %.2f cm /T Do Q\n" % matrix
    box = Array([round(value, 3) for value in drawing.box])
    look = pdf.make_stream(
        content, Type=Name.XObject, Subtype=Name.Form, BBox=box, Resources=resources
    )
    note["/Rect"] = box
    note["/AP"] = Dictionary(N=look)
    if "/AS" in note:
        del note["/AS"]
