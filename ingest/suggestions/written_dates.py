"""Dates as letters and stamps write them: 3.4.2024, 3. April 2024, 03. APR. 24, 2024-04-03. Pure."""

from __future__ import annotations

import re
from datetime import date

MONTHS = (
    ("januar", "jänner", "jaenner", "jan", "jän", "january", "i"),
    ("februar", "feber", "feb", "february", "ii"),
    ("märz", "maerz", "marz", "mrz", "mär", "mar", "march", "iii"),
    ("april", "apr", "iv"),
    ("mai", "may", "v"),
    ("juni", "juno", "jun", "june", "vi"),
    ("juli", "julei", "jul", "july", "vii"),
    ("august", "aug", "viii"),
    ("september", "sept", "sep", "ix"),
    ("oktober", "october", "okt", "oct", "x"),
    ("november", "nov", "xi"),
    ("dezember", "december", "dez", "dec", "xii"),
)
MONTH = {name: number for number, names in enumerate(MONTHS, 1) for name in names}
YEAR = r"((?:19|20)\d\d)"
SHORT = r"['’]?(\d\d)"
#: a single digit behind a digit and a blank may be half of a day that was torn apart; behind a naught it is
DAY = r"(?<![\d.,])((?<!\d )\d|(?<=\b0 )\d|[0-3]\d)"
NUMERIC = DAY + r"\s?[.]\s?([01]?\d)\s?[.]\s?"
WRITTEN = DAY + r"\s?[.,]?\s?-?([A-Za-zäÄ]{3,9}|[IVX]{1,4})[.,]?\s?-?"
#: as stamps have it; in a letter it may as well be a number
STROKES = re.compile(r"(?<![\w./-])([0-3]?\d)([/-])([01]?\d)\2" + YEAR + r"(?![\w/-])")
#: a naught that was read as a letter
NAUGHT = re.compile(r"(?<=\d)O(?=[\d. ])|(?<![^\W\d])O(?=\d\s?[.])")
ISO = re.compile(r"(?<![\d-])((?:19|20)\d\d)-([01]\d)-([0-3]\d)(?![\d-])")
END = r"(?![\d.]?\d)"
LONG_YEAR = (re.compile(NUMERIC + YEAR + END), re.compile(WRITTEN + YEAR + END))
SHORT_YEAR = (re.compile(NUMERIC + SHORT + END), re.compile(WRITTEN + SHORT + END))


def dates(line: str, *, until: date | None = None) -> list[date]:
    """The dates of a line in their order; with ``until``, of a stamp, also those between strokes and
    with years of two digits, none of these after it."""
    line = NAUGHT.sub("0", line)
    found = [(m.start(), _day(m[1], m[2], m[3])) for m in ISO.finditer(line)]
    for pattern in LONG_YEAR:
        found += [(m.start(), _day(m[3], m[2], m[1])) for m in pattern.finditer(line)]
    if until is not None:
        found += [(m.start(), _day(m[4], m[3], m[1])) for m in STROKES.finditer(line)]
        for pattern in SHORT_YEAR:
            found += [
                (m.start(), _last_century(m[3], m[2], m[1], until)) for m in pattern.finditer(line)
            ]
    return [day for _, day in sorted(each for each in found if each[1]) if day is not None]


def _last_century(year: str, month: str, day: str, until: date) -> date | None:
    """The newest day of that short year that is not after ``until``."""
    century = until.year // 100
    for hundreds in (century, century - 1):
        made = _day(f"{hundreds}{year}", month, day)
        if made is not None and made <= until:
            return made
    return None


def _day(year: str, month: str, day: str) -> date | None:
    number = int(month) if month.isdigit() else MONTH.get(month.lower(), 0)
    try:
        return date(int(year), number, int(day))
    except ValueError:
        return None
