"""What people may write into the record: lines and remarks without hidden signs, likely dates.

A title with an override of the writing direction shows something else than it says; a letter dated
in the year 2099 is a slip. What cannot be is refused with a sentence, never mended in silence.
"""

from __future__ import annotations

import unicodedata
from datetime import date

from config.errors import UsageError

EARLIEST = date(1700, 1, 1)  #: older paper is kept by archives, not by administrations
_JOINERS = "\u200c\u200d"  # part of the spelling of Persian and Indian names
_BLANK = "\u115f\u1160\u2800\u3164\uffa0"  # letters and signs that show nothing
_LINES = "\n\r\t"


def line(text: str, what: str, *, required: bool = False) -> str:
    """One line without blanks at its ends; ``what`` begins the sentence, e.g. "Der Betreff".

    Raises UsageError for signs that cannot be seen (control, direction, filling ones) and, where
    it is ``required``, for nothing that can be seen.
    """
    return _checked(text, what, allowed="", required=required)


def remark(text: str, what: str, *, required: bool = False) -> str:
    """As ``line`` for a text that may have several lines."""
    return _checked(text, what, allowed=_LINES, required=required)


def past_day(day: date, what: str, *, today: date) -> date:
    """A day that has been. Raises UsageError for one to come, or before 1700."""
    if day > today:
        raise UsageError(
            f"{what} {day:%d.%m.%Y} liegt in der Zukunft; heute ist der {today:%d.%m.%Y}."
            " Bitte berichtigen."
        )
    return _not_ancient(day, what)


def day(value: date, what: str, *, latest: date) -> date:
    """A day that may come, until ``latest``. Raises UsageError."""
    if value > latest:
        raise UsageError(
            f"{what} {value:%d.%m.%Y} liegt zu weit in der Zukunft; möglich ist bis"
            f" {latest:%d.%m.%Y}."
        )
    return _not_ancient(value, what)


def _not_ancient(value: date, what: str) -> date:
    if value < EARLIEST:
        raise UsageError(
            f"{what} {value.day:02}.{value.month:02}.{value.year:04} liegt vor dem"
            f" {EARLIEST:%d.%m.%Y}. Bitte berichtigen."
        )
    return value


def _checked(text: str, what: str, *, allowed: str, required: bool) -> str:
    for place, sign in enumerate(text, start=1):
        if sign not in allowed and _hidden(sign):
            raise UsageError(
                f"{what} enthält an Stelle {place} ein unsichtbares Zeichen (U+{ord(sign):04X})."
                " Bitte neu eintippen statt einfügen."
            )
    kept = text.strip()
    if required and not any(_seen(sign) for sign in kept):
        raise UsageError(f"{what} darf nicht leer sein.")
    return kept


def _hidden(sign: str) -> bool:
    """Control signs, marks of direction and format, halves of pairs, separators of lines."""
    return sign not in _JOINERS and unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Zl", "Zp")


def _seen(sign: str) -> bool:
    return sign not in _BLANK and unicodedata.category(sign)[0] in "LNPS"
