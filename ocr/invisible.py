"""Taking an old invisible text layer off a scanned page, so that its text is not there twice."""

from __future__ import annotations

from typing import Any

import pikepdf
from pikepdf import Dictionary, Name

SHOWS_TEXT = {"Tj", "TJ", "'", '"'}
PAINTS = {"S", "s", "f", "F", "f*", "B", "B*", "b", "b*", "sh", "Do", "BI", "INLINE IMAGE"}
INVISIBLE = 3


def drop_invisible_text(pdf: pikepdf.Pdf, page: pikepdf.Page) -> bool:
    """Remove text of render mode 3 from the page, and forms that hold nothing else."""
    try:
        operations = list(pikepdf.parse_content_stream(page))
    except pikepdf.PdfError:
        return False
    forms = _forms_of_text(page)
    kept, dropped = _without(operations, forms)
    if dropped:
        page.obj.Contents = pdf.make_stream(pikepdf.unparse_content_stream(kept))
    return dropped


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


def _without(operations: list[Any], forms: set[str]) -> tuple[list[Any], bool]:
    mode, stack, kept, dropped = 0, [], [], False
    for operation in operations:
        operands, operator = operation.operands, str(operation.operator)
        if operator == "q":
            stack.append(mode)
        elif operator == "Q" and stack:
            mode = stack.pop()
        elif operator == "Tr" and operands:
            mode = int(operands[0])
        if operator in SHOWS_TEXT and mode == INVISIBLE:
            dropped = True
            continue
        if operator == "Do" and operands and str(operands[0]) in forms:
            dropped = True
            continue
        kept.append(operation)
    return kept, dropped


def _forms_of_text(page: pikepdf.Page) -> set[str]:
    """Names of form objects on the page that show invisible text and nothing else."""
    found = set()
    xobjects = page.resources.get("/XObject", Dictionary())
    for name, form in dict(xobjects).items():
        if form.get("/Subtype") == Name.Form and _is_invisible_text(form):
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
        elif operator == "Tr" and operation.operands:
            mode = int(operation.operands[0])
        elif operator in SHOWS_TEXT:
            if mode != INVISIBLE:
                return False
            shows = True
        elif operator in PAINTS:
            return False
    return shows
