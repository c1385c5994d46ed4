"""The fields of the index and what an entry puts into them; the same for every engine.

Each document has one entry of its own, so that words of different pages meet in one AND, and one
entry a page, which tells where the words stand. Conditions on the document (date, department) are
asked of the document's entry alone; pages carry its identifier, revision and scope.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import chain
from operator import itemgetter

from search.german import file_references, grouped_numbers, identifiers, legal_citations
from search.german.analysis import Analyser, Held
from search.german.tokens import chains, letters, lower, normalise, pieces
from search.index import Entry
from search.query.query_tree import KeyField

LAYOUT = 5  #: raise with every change of fields or of what goes into them

KINDS = ("document", "page", "tombstone")

#: fields of words, separated by blanks: stems with parts, whole stems in order (``_s``), and folded
#: words as written (``_x``)
_BOTH = ("body", "body_s", "body_x")
TEXT = (*_BOTH, "title", "title_s", "title_x", "sender", "sender_s", "sender_x", "name", "often")
#: of these, the order of words counts in
WITH_POSITIONS = frozenset(("body_s", "title_s", "sender_s"))
PAGE_TEXT = _BOTH  #: those of a page
#: fields compared as a whole; some hold several values
KEYWORD = ("kind", "document_id", "scope", "keys", "ref", "ref_c", "ref_tail", "own_ref", "vocab")
#: keywords that can be counted
FACET = ("department", "stream", "document_class", "plan_unit", "file_mark", "year")
#: whole numbers, sortable; days count from 1970-01-01
NUMBER = ("revision", "page", "order", "received", "letter")

OFTEN = 3  #: occurrences from which a word is what a document is about
BREAK = "\u241e"  #: stands between pages, so that no phrase reaches across
_EPOCH = date(1970, 1, 1).toordinal()
_TIE_BITS = 40

Value = str | int | list[str]
Fields = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Projection:
    """The document's entry and those of its pages, as field values."""

    document: Fields
    pages: tuple[Fields, ...]


def days(day: date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - _EPOCH


def order(entry: Entry) -> int:
    """Sort key: date of receipt, then a hash of the identifier. Unique but for freak accidents."""
    tie = int.from_bytes(hashlib.sha256(entry.document_id.encode()).digest()[:5], "big")
    return (days(entry.received_on) << _TIE_BITS) + tie


def day_of(order_key: int) -> int:
    """The day (since 1970) within a sort key."""
    return order_key >> _TIE_BITS


def key(field: KeyField, value: str) -> str:
    """A condition on a keyword as ``keys`` holds it; letters' case does not count."""
    return f"{field}={' '.join(lower(value).split())}"


def project(entry: Entry, analyser: Analyser) -> Projection:
    """Everything that the index holds of a document."""
    pages = [_Text(analyser, page.text, recognised=page.recognised) for page in entry.pages]
    # A title may be taken from what was recognised, or typed.
    recognised = any(page.recognised for page in entry.pages)
    title = _Text(analyser, entry.title, recognised=recognised)
    sender = _Text(analyser, entry.sender, recognised=False)
    name = _Text(analyser, entry.file_name, recognised=False)
    base: Fields = {
        "document_id": entry.document_id,
        "revision": entry.revision,
        "scope": entry.scope,
        "order": order(entry),
    }
    counted = Counter(chain.from_iterable(map(_stems, chain.from_iterable(p.held for p in pages))))
    document: Fields = {
        **base,
        "kind": "document",
        "received": days(entry.received_on),
        "year": str(entry.received_on.year),
        "body": " ".join(dict.fromkeys(chain(counted, *(page.beside for page in pages)))),
        "body_s": f" {BREAK} ".join([page.in_order for page in pages]),
        "body_x": " ".join(dict.fromkeys(chain.from_iterable(page.written for page in pages))),
        "title": title.stems,
        "title_s": title.in_order,
        "title_x": title.as_written,
        "sender": sender.stems,
        "sender_s": sender.in_order,
        "sender_x": sender.as_written,
        "name": f"{name.stems} {name.as_written}",
        "often": " ".join([stem for stem, count in counted.items() if count >= OFTEN]),
        "vocab": _vocabulary((title, sender, *pages)),
        **_references(chain(title.marks, *(page.marks for page in pages)), entry.file_mark),
        **_keys(entry),
    }
    if entry.letter_date is not None:
        document["letter"] = days(entry.letter_date)
    numbered = zip(entry.pages, pages, strict=True)
    return Projection(document, tuple(_page(base, page.number, text) for page, text in numbered))


def _page(base: Fields, number: int, text: _Text) -> Fields:
    return {
        **base,
        "kind": "page",
        "page": number,
        "body": text.stems,
        "body_s": text.in_order,
        "body_x": text.as_written,
        **_references(text.marks, None),
    }


def tombstone(document_id: str, revision: int) -> Fields:
    """What is left of a deleted document, so that late news of it is known to be old."""
    return {"kind": "tombstone", "document_id": document_id, "revision": revision}


_folded = itemgetter(0)
_stems = itemgetter(1)
_offered = itemgetter(2)
_joined = itemgetter(3)
_whole = itemgetter(4)


class _Text:
    """One analysed text. Whole pages are handled in C, and the large cache of words is asked once
    for each distinct word: a loop of ours, or a look-up for each, would cost several times it."""

    __slots__ = (
        "as_written",
        "beside",
        "distinct",
        "held",
        "in_order",
        "marks",
        "stems",
        "written",
    )

    def __init__(self, analyser: Analyser, text: str | None, *, recognised: bool) -> None:
        text = normalise(text) if text else ""
        found = pieces(text)
        once = dict.fromkeys(found)
        self.distinct: list[Held] = analyser.held(list(once))
        known = dict(zip(once, self.distinct, strict=True))
        self.held: list[Held] = list(map(known.__getitem__, found))
        #: tokens that no single word yields: words and numbers written as one, citations of the law
        self.beside: list[str] = [
            *chain.from_iterable(
                map(_stems, analyser.held([*chains(text), *analyser.left_out(text)]))
            ),
            *grouped_numbers.find(text),
            *identifiers.find(text),
            *legal_citations.marks(text, recognised=recognised),
        ]
        apart = {piece: " ".join(row) for piece in once if " " in piece and (row := letters(piece))}
        self.written = dict.fromkeys(filter(None, map(_folded, self.distinct)))
        self.written |= dict.fromkeys(" ".join(apart.values()).split())
        self.as_written = " ".join(self.written)
        self.in_order = " ".join(filter(None, map(_whole, self.held)))
        if apart:  # B E S C H E I D is a word, A B E T may be a list: phrases find either
            each = (apart.get(piece) or known[piece][4] for piece in found)
            self.in_order += f" {BREAK} {' '.join(filter(None, each))}"
        #: words once; a stem again where words share it, which the index does not mind
        self.stems = " ".join(chain(filter(None, map(_joined, self.distinct)), self.beside))
        self.marks = [
            forms for mark in file_references.find(text) if (forms := file_references.forms(mark))
        ]


def _vocabulary(texts: Iterable[_Text]) -> list[str]:
    offered = dict.fromkeys(map(_offered, chain.from_iterable(text.distinct for text in texts)))
    offered.pop("", None)
    return list(offered)


def _references(named: Iterable[file_references.Forms], own: str | None) -> Fields:
    """``ref``/``ref_c``/``ref_tail`` of every mark; ``own_ref`` of the document's own file."""
    found = list(named)
    fields: Fields = {}
    own_forms = file_references.forms(own) if own else None
    if own_forms:
        found.append(own_forms)
        fields["own_ref"] = sorted({own_forms.ref, own_forms.segments, own_forms.compact})
    if found:
        fields["ref"] = sorted({forms.ref for forms in found})
        fields["ref_c"] = sorted({forms.compact for forms in found})
        fields["ref_tail"] = sorted({tail for forms in found for tail in forms.tails})
    return fields


def _keys(entry: Entry) -> Fields:
    values = {
        "department": entry.department,
        "stream": entry.stream,
        "document_class": entry.document_class,
        "plan_unit": entry.plan_unit,
        "file_mark": entry.file_mark,
    }
    fields: Fields = {name: value for name, value in values.items() if value}
    fields["keys"] = [key(name, value) for name in KeyField if (value := values[name])]
    return fields
