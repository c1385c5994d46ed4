"""Taking an old invisible text layer off a scanned page, so that its text is not there twice."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable
from typing import Any

import pikepdf
import pypdfium2 as pdfium
from pikepdf import Dictionary, Name
from PIL import Image

from ocr.geometry import PdfBox
from ocr.pdf.hidden_text import alike, look
from ocr.pdf.page_box import visible_box

SHOWS_TEXT = {"Tj", "TJ", "'", '"'}
PAINTS = {"S", "s", "f", "F", "f*", "B", "B*", "b", "b*", "sh", "Do", "BI", "INLINE IMAGE"}
INVISIBLE = 3
TEXT_CLIPS = 4  #: text render modes from here on cut what follows
COVERS = 0.95  #: of the sheet, each way
SHEAR = 0.1  #: of a side: a picture may lie so much askew and still cover the sheet


def drop_invisible_text(pdf: pikepdf.Pdf, page: pikepdf.Page) -> bool:
    """Remove text of render mode 3, text that lies under the page's picture, and forms of such.

    What would change the page's look stays, whatever the reason; so does all text of a page with a
    font whose letters show in every mode, though not in every viewer.
    """
    try:
        operations = list(pikepdf.parse_content_stream(page))
    except pikepdf.PdfError:
        return False
    if _has_type3(page):
        return False
    forms, covered = _forms_of_text(page), _covered(operations, page)
    for below in dict.fromkeys((covered, 0)):
        kept, dropped = _without(operations, forms, below)
        if not dropped:
            return False
        old = page.obj.get("/Contents")
        page.obj.Contents = pdf.make_stream(pikepdf.unparse_content_stream(kept))
        if not below or _looks_as_with(pdf, page, old):
            return True
        page.obj.Contents = old
    return False


def _has_type3(page: pikepdf.Page) -> bool:
    """A font whose letters show in every text render mode (ISO 32000-1, 9.3.6)."""
    fonts = page.resources.get("/Font")
    return isinstance(fonts, Dictionary) and any(
        isinstance(font, Dictionary) and font.get("/Subtype") == Name.Type3
        for font in fonts.values()
    )


def _looks_as_with(pdf: pikepdf.Pdf, page: pikepdf.Page, content: Any) -> bool:
    """Whether the page looks as it does with other content."""
    new = page.obj.Contents
    try:
        after = _drawn(pdf, page)
        page.obj.Contents = content
        return alike(_drawn(pdf, page), after)
    except (pikepdf.PdfError, pdfium.PdfiumError, RuntimeError, ValueError):
        return False
    finally:
        page.obj.Contents = new


def _drawn(pdf: pikepdf.Pdf, page: pikepdf.Page) -> Image.Image:
    out = io.BytesIO()
    with pikepdf.new() as single:
        single.pages.append(page)
        layers = pdf.Root.get("/OCProperties")
        if isinstance(layers, Dictionary):
            single.Root["/OCProperties"] = single.copy_foreign(pdf.make_indirect(layers))
        single.save(out)
    document = pdfium.PdfDocument(out.getvalue())
    try:
        return look(document[0])
    finally:
        document.close()


def _covered(operations: list[Any], page: pikepdf.Page) -> int:
    """Up to which operation everything is hidden by an opaque picture over the whole sheet.

    A picture that is cut, or drawn in a graphics state of its own, is not trusted to hide anything.
    """
    pictures = page.resources.get("/XObject", Dictionary())
    box = visible_box(page)
    matrix, sure, stack, covered = pikepdf.Matrix(), True, [], 0
    for number, operation in enumerate(operations):
        operands, operator = operation.operands, str(operation.operator)
        if operator == "q":
            stack.append((matrix, sure))
        elif operator == "Q":
            matrix, sure = stack.pop() if stack else (pikepdf.Matrix(), True)
        elif operator == "cm":
            moved = _numbers(operands, 6)
            # Viewers differ about a broken one: from there on nothing is known to be hidden.
            matrix, sure = (pikepdf.Matrix(*moved) @ matrix, sure) if moved else (matrix, False)
        elif operator == "gs" or (operator == "Tr" and _mode(operands) >= TEXT_CLIPS):
            sure = False
        elif operator in ("W", "W*"):
            sure = sure and number > 0 and _is_whole_sheet(operations[number - 1], matrix, box)
        elif operator == "Do" and operands:
            picture = pictures.get(str(operands[0]))
            if sure and _is_opaque(picture) and _covers(matrix, box):
                covered = number
    return covered


def _numbers(operands: Iterable[Any], count: int) -> list[float]:
    """So many finite numbers; empty where the operands are anything else."""
    try:
        found = [float(value) for value in operands]
    except (TypeError, ValueError):
        return []
    return found if len(found) == count and all(map(math.isfinite, found)) else []


def _mode(operands: Iterable[Any]) -> int:
    """The text render mode of a Tr; 0 (visible) for what is none."""
    found = _numbers(operands, 1)
    return int(found[0]) if found and found[0].is_integer() else 0


def _is_whole_sheet(path: Any, matrix: pikepdf.Matrix, box: PdfBox) -> bool:
    corners = _numbers(path.operands, 4) if str(path.operator) == "re" else []
    if not corners:
        return False
    x, y, wide, high = corners
    return _covers(pikepdf.Matrix(wide, 0, 0, high, x, y) @ matrix, box)


def _is_opaque(picture: Any) -> bool:
    if not isinstance(picture, pikepdf.Stream) or picture.get("/Subtype") != Name.Image:
        return False
    return not any(key in picture for key in ("/SMask", "/Mask", "/ImageMask"))


def _covers(matrix: pikepdf.Matrix, box: PdfBox) -> bool:
    """Whether the unit square, put in place, spans the sheet."""
    left, bottom, right, top = box
    if abs(matrix.b) > SHEAR * abs(matrix.d) or abs(matrix.c) > SHEAR * abs(matrix.a):
        return False
    xs = sorted((matrix.e, matrix.e + matrix.a))
    ys = sorted((matrix.f, matrix.f + matrix.d))
    wide = min(right, xs[1]) - max(left, xs[0])
    high = min(top, ys[1]) - max(bottom, ys[0])
    return bool(wide >= COVERS * (right - left) and high >= COVERS * (top - bottom))


def unbalanced(page: pikepdf.Page) -> tuple[int, int]:
    """How many restores (Q) the page's content lacks at its end, and how many it has too many.

    What is added behind a sloppy page would else stand in a coordinate system of its own.
    """
    depth = lowest = 0
    try:
        for operation in pikepdf.parse_content_stream(page, "q Q"):
            depth += 1 if str(operation.operator) == "q" else -1
            lowest = min(lowest, depth)
    except pikepdf.PdfError:
        return 0, 0
    return depth - lowest, -lowest


def _without(operations: list[Any], forms: set[str], covered: int) -> tuple[list[Any], bool]:
    mode, stack, kept = 0, [], []
    for number, operation in enumerate(operations):
        operands, operator = operation.operands, str(operation.operator)
        if operator == "q":
            stack.append(mode)
        elif operator == "Q" and stack:
            mode = stack.pop()
        elif operator == "Tr":
            mode = _mode(operands)
        unseen = operator in SHOWS_TEXT and (mode == INVISIBLE or number < covered)
        if not unseen and not (operator == "Do" and operands and str(operands[0]) in forms):
            kept.append(operation)
    return kept, len(kept) < len(operations)


def _forms_of_text(page: pikepdf.Page) -> set[str]:
    """Names of form objects on the page that show invisible text and nothing else."""
    found = set()
    xobjects = page.resources.get("/XObject", Dictionary())
    for name, form in dict(xobjects).items():
        if (
            isinstance(form, pikepdf.Stream)
            and form.get("/Subtype") == Name.Form
            and _is_invisible_text(form)
        ):
            found.add(name)
    return found


def _is_invisible_text(form: pikepdf.Object) -> bool:
    try:
        operations = list(pikepdf.parse_content_stream(form))
    except pikepdf.PdfError:
        return False
    mode, stack, shows = 0, [], False
    for operation in operations:
        operator = str(operation.operator)
        if operator == "q":
            stack.append(mode)
        elif operator == "Q" and stack:
            mode = stack.pop()
        elif operator == "Tr":
            mode = _mode(operation.operands)
        elif operator in SHOWS_TEXT:
            if mode != INVISIBLE:
                return False
            shows = True
        elif operator in PAINTS:
            return False
    return shows
