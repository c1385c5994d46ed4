"""The names of fields that people may write, and the dates that they may write behind them."""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from datetime import date

from search.query.query_tree import DateField, KeyField, TextField

TEXT_FIELDS: Mapping[str, TextField] = {
    **dict.fromkeys(("titel", "title", "betreff", "subject"), TextField.TITLE),
    **dict.fromkeys(("absender", "sender", "von", "from"), TextField.SENDER),
    **dict.fromkeys(("datei", "dateiname", "filename"), TextField.NAME),
    **dict.fromkeys(("text", "inhalt", "body"), TextField.BODY),
}
KEY_FIELDS: Mapping[str, KeyField] = {
    **dict.fromkeys(("abteilung", "department", "dept", "amt"), KeyField.DEPARTMENT),
    **dict.fromkeys(("eingangsweg", "strom", "stream"), KeyField.STREAM),
    **dict.fromkeys(("art", "dokumentart", "class", "type"), KeyField.CLASS),
    **dict.fromkeys(("aktenplan", "plan"), KeyField.PLAN_UNIT),
}
REFERENCE_FIELDS = frozenset(("az", "aktenzeichen", "gz", "akte", "ref", "reference", "filemark"))
DATE_FIELDS: Mapping[str, DateField] = {
    **dict.fromkeys(("datum", "date", "jahr", "year"), DateField.EITHER),
    **dict.fromkeys(("eingang", "eingegangen", "received"), DateField.RECEIVED),
    **dict.fromkeys(("briefdatum", "vom", "dated"), DateField.LETTER),
}
SINCE = frozenset(("seit", "ab", "since", "after"))
UNTIL = frozenset(("bis", "until", "before"))

_ISO = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_GERMAN = re.compile(r"(?:(?:(\d{1,2})\.)?(\d{1,2})[./])?(\d{4})")

Period = tuple[date | None, date | None]


def period(text: str) -> Period | None:
    """First and last day of what was written, or None when it is no date.

    2026, 2026-03, 2026-03-07, 03.2026, 3/2026, 7.3.2026; ranges with ``..`` (either end may be
    open) and the signs >, >=, <, <=.
    """
    text = text.strip()
    if ".." in text:
        first, _, last = text.partition("..")
        begins, ends = _span(first), _span(last)
        if (first.strip() and begins is None) or (last.strip() and ends is None):
            return None
        if begins is None and ends is None:
            return None
        return (begins[0] if begins else None, ends[1] if ends else None)
    for sign in (">=", "<=", ">", "<"):
        if text.startswith(sign):
            return _open(sign, _span(text.removeprefix(sign)))
    return _span(text)


def _open(sign: str, span: tuple[date, date] | None) -> Period | None:
    if span is None:
        return None
    ordinal = {">=": span[0], ">": span[1], "<=": span[1], "<": span[0]}[sign].toordinal()
    step = {">": 1, "<": -1}.get(sign, 0)
    if not date.min.toordinal() <= ordinal + step <= date.max.toordinal():
        return None
    end = date.fromordinal(ordinal + step)
    return (end, None) if sign.startswith(">") else (None, end)


def _span(text: str) -> tuple[date, date] | None:
    text = text.strip()
    if match := _ISO.fullmatch(text):
        year, month, day = match.groups()
    elif match := _GERMAN.fullmatch(text):
        day, month, year = match.groups()
    else:
        return None
    try:
        if month is None:
            return date(int(year), 1, 1), date(int(year), 12, 31)
        if day is None:
            last = calendar.monthrange(int(year), int(month))[1]
            return date(int(year), int(month), 1), date(int(year), int(month), last)
        exact = date(int(year), int(month), int(day))
    except (ValueError, calendar.IllegalMonthError):
        return None
    return exact, exact
