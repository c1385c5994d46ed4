"""How a question was understood, said in German."""

from __future__ import annotations

from datetime import date

from search.query.query_tree import (
    And,
    Cited,
    DateField,
    Dates,
    Everything,
    Key,
    KeyField,
    Leaf,
    Node,
    Not,
    Or,
    Phrase,
    Prefix,
    Reference,
    TextField,
    Word,
)

_WHERE = {
    TextField.ANY: "",
    TextField.TITLE: " im Titel",
    TextField.SENDER: " im Absender",
    TextField.NAME: " im Dateinamen",
    TextField.BODY: " im Text",
}
_KEYS = {
    KeyField.DEPARTMENT: "Abteilung",
    KeyField.STREAM: "Eingangsweg",
    KeyField.CLASS: "Dokumentart",
    KeyField.PLAN_UNIT: "Aktenplaneinheit",
}
_DATES = {
    DateField.RECEIVED: "Eingang",
    DateField.LETTER: "Briefdatum",
    DateField.EITHER: "Datum",
}


def describe_node(root: Node) -> str:
    """One sentence; what was typed appears in it as typed and is not escaped."""
    if isinstance(root, Everything):
        return "Alle Dokumente."
    return f"Dokumente mit {_say(root, inner=False)}."


def _say(node: Node, *, inner: bool) -> str:
    if isinstance(node, And | Or):
        word = " und " if isinstance(node, And) else " oder "
        said = word.join(_say(part, inner=True) for part in node.parts)
        return f"({said})" if inner else said
    if isinstance(node, Not):
        return f"nicht {_say(node.part, inner=True)}"
    return _leaf(node)


def _leaf(leaf: Leaf) -> str:
    if isinstance(leaf, Word):
        near = " (auch ähnliche Schreibweisen)" if leaf.near else ""
        return f"„{leaf.text}“{_WHERE[leaf.field]}{near}"
    if isinstance(leaf, Phrase):
        return f"der Wortfolge „{leaf.text}“{_WHERE[leaf.field]}"
    if isinstance(leaf, Prefix):
        return f"einem Wort, das mit „{leaf.text}“ beginnt{_WHERE[leaf.field]}"
    if isinstance(leaf, Cited):
        return f"der Fundstelle „{leaf.text}“"
    if isinstance(leaf, Reference) and not leaf.certain:
        return f"„{leaf.text}“, auch als Ende eines Aktenzeichens"
    if isinstance(leaf, Reference):
        return f"dem Aktenzeichen „{leaf.text}“ oder einem, das so beginnt oder endet"
    if isinstance(leaf, Key):
        return f"{_KEYS[leaf.field]} „{leaf.value}“"
    if isinstance(leaf, Dates):
        return f"{_DATES[leaf.field]} {_period(leaf)}"
    return "beliebigem Inhalt"


def _period(leaf: Dates) -> str:
    if leaf.first is not None and leaf.first == leaf.last:
        return f"am {_day(leaf.first)}"
    if leaf.first is not None and leaf.last is not None:
        return f"vom {_day(leaf.first)} bis {_day(leaf.last)}"
    if leaf.first is not None:
        return f"ab {_day(leaf.first)}"
    return f"bis {_day(leaf.last)}" if leaf.last is not None else "beliebig"


def _day(day: date) -> str:
    return f"{day.day}.{day.month}.{day.year}"
