"""A page with one of its forms filled in again, and a note at that form. Nothing else of it changes.

The page is one of our own, rendered by our templates; what is put into it is escaped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser
from itertools import accumulate
from urllib.parse import unquote

Attributes = list[tuple[str, str | None]]
_NEVER = ("password", "file", "hidden", "submit")  #: kinds of input that keep what the page says
_CHOSEN = ("radio", "checkbox")


@dataclass(slots=True)
class _Tag:
    start: int
    end: int
    attributes: Attributes

    def get(self, name: str) -> str | None:
        return dict(self.attributes).get(name)


@dataclass(slots=True)
class _Form:
    """A form of the page, and what can be filled in it."""

    tag: _Tag
    folds: list[_Tag]  #: the folds that it lies in
    inputs: list[_Tag] = field(default_factory=list)
    options: list[tuple[str, _Tag]] = field(default_factory=list)  #: name of the choice, option
    areas: list[tuple[_Tag, int]] = field(default_factory=list)  #: and where their text ends

    def answers(self, action: str, sent: Mapping[str, str]) -> bool:
        """Whether it is the one that was sent: to this address, with these hidden fields."""
        hidden = [one for one in self.inputs if one.get("type") == "hidden"]
        given = {one.get("name") or "": one.get("value") or "" for one in hidden}
        given.pop("csrf", None)
        same = all(sent.get(name, "") == value for name, value in given.items())
        return unquote(self.tag.get("action") or "") == action and same


class _Reading(HTMLParser):
    """The forms and folds of a page with their offsets."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[_Form] = []
        self.folds: list[_Tag] = []
        self.main: int | None = None  #: where the page's own content begins
        # As the parser counts them: by line feeds alone.
        self._lines = [0, *accumulate(len(line) + 1 for line in page.split("\n"))]
        self._within: list[_Tag] = []
        self._form: _Form | None = None
        self._choice = ""
        self._area: _Tag | None = None
        self.feed(page)
        self.close()

    def _offset(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        start = self._offset()
        found = _Tag(start, start + len(self.get_starttag_text() or ""), attrs)
        if tag == "main":
            self.main = found.end
        elif tag == "details":
            self.folds.append(found)
            self._within.append(found)
        elif tag == "form":
            self._form = _Form(found, list(self._within))
            self.forms.append(self._form)
        elif self._form is not None:
            self._inside(self._form, tag, found)

    def _inside(self, form: _Form, tag: str, found: _Tag) -> None:
        if tag == "input":
            form.inputs.append(found)
        elif tag == "select":
            self._choice = found.get("name") or ""
        elif tag == "option":
            form.options.append((self._choice, found))
        elif tag == "textarea":
            self._area = found

    def handle_endtag(self, tag: str) -> None:
        if tag == "details" and self._within:
            self._within.pop()
        elif tag == "form":
            self._form = None
        elif tag == "textarea" and self._form is not None and self._area is not None:
            self._form.areas.append((self._area, self._offset()))
            self._area = None


def filled(page: str, action: str, sent: Mapping[str, str], note: str, *, more: str) -> str:
    """``page`` with the form for ``action`` as it was ``sent`` and ``note`` (HTML) at its head.

    ``more`` is added to the note where the form had a file, which no page can keep. Where there is
    no such form (any more) the note stands at the head of the page.
    """
    read = _Reading(page)
    form = next((one for one in read.forms if one.answers(action, sent)), None)
    if form is None:
        at = read.main if read.main is not None else 0
        return page[:at] + note + page[at:]
    if any(one.get("type") == "file" for one in form.inputs):
        note = note.replace("</div>", f" {escape(more)}</div>", 1)
    edits = [(form.tag.end, form.tag.end, note)]
    edits += [_edit(one, "input", _as_sent(one, sent)) for one in form.inputs if _fillable(one)]
    edits += [
        _edit(one, "option", _marked(one, "selected", sent[name] == (one.get("value") or "")))
        for name, one in form.options
        if name in sent
    ]
    edits += [
        (one.end, end, escape(sent[name]))
        for one, end in form.areas
        if (name := one.get("name") or "") in sent
    ]
    return _edited(page, edits + _opened(read.folds, form.folds))


def _fillable(one: _Tag) -> bool:
    return bool(one.get("name")) and (one.get("type") or "text") not in _NEVER


def _as_sent(one: _Tag, sent: Mapping[str, str]) -> Attributes:
    name = one.get("name") or ""
    if one.get("type") in _CHOSEN:
        return _marked(one, "checked", sent.get(name) == (one.get("value") or "on"))
    if name not in sent:
        return one.attributes
    return [*((key, text) for key, text in one.attributes if key != "value"), ("value", sent[name])]


def _marked(one: _Tag, mark: str, yes: bool) -> Attributes:
    rest = [(key, text) for key, text in one.attributes if key != mark]
    return [*rest, (mark, None)] if yes else rest


def _opened(folds: list[_Tag], around: list[_Tag]) -> list[tuple[int, int, str]]:
    """Open the folds around the form; of a group only one can be open."""
    groups = {fold.get("name") for fold in around} - {None}
    others = [one for one in folds if one not in around and one.get("name") in groups]
    return [
        *(_edit(one, "details", _marked(one, "open", True)) for one in around),
        *(_edit(one, "details", _marked(one, "open", False)) for one in others),
    ]


def _edit(one: _Tag, name: str, attributes: Attributes) -> tuple[int, int, str]:
    written = "".join(
        f" {key}" if text is None else f' {key}="{escape(text)}"' for key, text in attributes
    )
    return one.start, one.end, f"<{name}{written}>"


def _edited(page: str, edits: list[tuple[int, int, str]]) -> str:
    """``page`` with the text of each (from, to) replaced; none overlaps another."""
    parts, last = [], 0
    for start, end, text in sorted(edits):
        parts += [page[last:start], text]
        last = end
    return "".join([*parts, page[last:]])
