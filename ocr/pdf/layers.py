"""Layers of a PDF (optional content, ISO 32000-1, 8.11): which of them a viewer shows on screen."""

from __future__ import annotations

from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream

DEEPEST = 20  #: nested expressions and forms

Key = tuple[int, int]


class Layers:
    """The layers of one file in its default configuration."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        self._off: set[Key] = set()
        found = pdf.Root.get("/OCProperties")
        self.some = isinstance(found, Dictionary)
        if not isinstance(found, Dictionary):
            return
        groups = [one for one in _items(found.get("/OCGs")) if isinstance(one, Dictionary)]
        default = found.get("/D")
        default = default if isinstance(default, Dictionary) else Dictionary()
        if default.get("/BaseState") == Name.OFF:
            self._off = {one.objgen for one in groups}
            self._off -= _keys(default.get("/ON"))
        self._off |= _keys(default.get("/OFF"))
        for usage in _items(default.get("/AS")):
            if isinstance(usage, Dictionary) and usage.get("/Event") == Name.View:
                self._apply(usage)
        purposes = _intents(default)
        if "/All" not in purposes:  # groups for another purpose hide nothing (8.11.2.3)
            self._off -= {one.objgen for one in groups if not _intents(one) & purposes}

    def _apply(self, usage: Any) -> None:
        """States that a viewer takes from the layers themselves when it shows the file (8.11.4.4)."""
        for group in _items(usage.get("/OCGs")):
            if not isinstance(group, Dictionary):
                continue
            said = group.get("/Usage")
            view = said.get("/View") if isinstance(said, Dictionary) else None
            state = view.get("/ViewState") if isinstance(view, Dictionary) else None
            if state == Name.OFF:
                self._off.add(group.objgen)
            elif state == Name.ON:
                self._off.discard(group.objgen)

    @property
    def some_off(self) -> bool:
        return bool(self._off)

    def shows(self, what: Any, depth: int = 0) -> bool:
        """Whether content that belongs to a layer, or to a membership of several, is shown."""
        if not isinstance(what, Dictionary) or depth > DEEPEST:
            return True
        if what.get("/Type") != Name.OCMD:
            return what.objgen not in self._off
        expression = what.get("/VE")
        if isinstance(expression, Array):
            return self._holds(expression, depth + 1)
        groups = what.get("/OCGs")
        members = [groups] if isinstance(groups, Dictionary) else list(_items(groups))
        states = [self.shows(one, depth + 1) for one in members if isinstance(one, Dictionary)]
        if not states:
            return True
        policy = what.get("/P")
        if policy == Name.AllOn:
            return all(states)
        if policy == Name.AnyOff:
            return not all(states)
        if policy == Name.AllOff:
            return not any(states)
        return any(states)

    def _holds(self, expression: Any, depth: int) -> bool:
        """A visibility expression (table 99); what is none hides nothing."""
        if isinstance(expression, Dictionary):
            return self.shows(expression, depth)
        parts = list(_items(expression))
        if not parts or depth > DEEPEST:
            return True
        states = [self._holds(part, depth + 1) for part in parts[1:]]
        if parts[0] == Name.Not:
            return not states[0] if states else True
        return any(states) if parts[0] == Name.Or else all(states)

    def settle(self, pdf: pikepdf.Pdf) -> None:
        """Write the states into the default configuration, so that nothing else decides them."""
        found = pdf.Root.get("/OCProperties")
        default = found.get("/D") if isinstance(found, Dictionary) else None
        if not isinstance(found, Dictionary) or not isinstance(default, Dictionary):
            return
        groups = [one for one in _items(found.get("/OCGs")) if isinstance(one, Dictionary)]
        default["/OFF"] = Array([one for one in groups if one.objgen in self._off])
        for key in ("/BaseState", "/ON", "/AS"):
            if key in default:
                del default[key]


def drop_hidden(pdf: pikepdf.Pdf, layers: Layers) -> bool:
    """Take what no viewer shows off the pages; whether there was any. For reading, not for keeping."""
    if not layers.some:
        return False
    dropped = False
    seen: set[Key] = set()
    for page in pdf.pages:
        resources = page.obj.get("/Resources")
        kept = _visible(resources, page, layers)
        if kept is not None:
            page.obj.Contents = pdf.make_stream(kept)
            dropped = True
        dropped |= _inside_forms(resources, layers, seen, 0)
    return dropped


def _inside_forms(resources: Any, layers: Layers, seen: set[Key], depth: int) -> bool:
    forms = resources.get("/XObject") if isinstance(resources, Dictionary) else None
    if not isinstance(forms, Dictionary) or depth > DEEPEST:
        return False
    dropped = False
    for form in list(forms.values()):
        if not isinstance(form, Stream) or form.objgen in seen:
            continue
        seen.add(form.objgen)
        if form.get("/Subtype") == Name.Form:
            own = form.get("/Resources", resources)  # without any, it has those of its page (7.8.3)
            kept = _visible(own, form, layers)
            if kept is not None:
                form.write(kept)
                dropped = True
            dropped |= _inside_forms(own, layers, seen, depth + 1)
    return dropped


def _visible(resources: Any, content: Any, layers: Layers) -> bytes | None:
    """The content stream without what lies in layers that are off; None where nothing does."""
    try:
        operations = list(pikepdf.parse_content_stream(content))
    except pikepdf.PdfError:
        return None
    marks = resources.get("/Properties") if isinstance(resources, Dictionary) else None
    objects = resources.get("/XObject") if isinstance(resources, Dictionary) else None
    kept: list[Any] = []
    open_marks: list[bool] = []
    hidden, dropped = 0, False
    for operation in operations:
        operands, operator = list(operation.operands), str(operation.operator)
        if operator in ("BDC", "BMC"):
            off = not _is_shown(operands, marks, layers)
            open_marks.append(off)
            hidden += off
        shown = not hidden or operator in STATE
        if operator == "Do" and operands and isinstance(objects, Dictionary):
            target = objects.get(str(operands[0]))
            if isinstance(target, Stream) and not layers.shows(target.get("/OC")):
                shown = False
        if shown:
            kept.append(operation)
        elif operator in PAINTS_PATH:
            kept.append(pikepdf.ContentStreamInstruction([], pikepdf.Operator("n")))
            dropped = True
        else:
            dropped = True
        if operator == "EMC" and open_marks:
            hidden -= open_marks.pop()
    return pikepdf.unparse_content_stream(kept) if dropped else None


PAINTS_PATH = frozenset(("S", "s", "f", "F", "f*", "B", "B*", "b", "b*"))  #: and end it
#: Operators that go on to hold behind hidden content: state, marks, clipping, text objects.
STATE = frozenset(
    [
        *("q", "Q", "cm", "w", "J", "j", "M", "d", "ri", "i", "gs", "BT", "ET", "Tc", "Tw", "Tz"),
        *("TL", "Tf", "Tr", "Ts", "Td", "TD", "Tm", "T*", "CS", "cs", "SC", "SCN", "sc", "scn"),
        *("G", "g", "RG", "rg", "K", "k", "W", "W*", "n", "m", "l", "c", "v", "y", "h", "re"),
        *("BMC", "BDC", "EMC", "MP", "DP", "BX", "EX", "d0", "d1"),
    ]
)


def _is_shown(operands: list[Any], marks: Any, layers: Layers) -> bool:
    if len(operands) != 2 or operands[0] != Name.OC or not isinstance(marks, Dictionary):
        return True
    name = operands[1]
    return layers.shows(marks.get(str(name))) if isinstance(name, Name) else True


def _items(value: Any) -> list[Any]:
    return list(value) if isinstance(value, Array) else []


def _intents(what: Any) -> set[str]:
    """The purposes that a group or configuration is for; View where it does not say."""
    value = what.get("/Intent", Name.View)
    return {str(one) for one in (_items(value) or [value])}


def _keys(value: Any) -> set[Key]:
    return {one.objgen for one in _items(value) if isinstance(one, Dictionary)}
