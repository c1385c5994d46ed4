"""Numbers with letters in them, house numbers and dates: held in one form, however they are written.

VAT and insurance numbers and number plates are grouped as people like (DE 123 456 789, KO-AB 123);
a house number has its letter beside it or apart; a date has its zeros or not. Each is one token.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

MAX_FOUND = 400  #: of one text

#: a VAT number (Council Directive 2006/112/EC, Art. 215): country, 8 to 12 digits in groups
_VAT = r"(?P<vat>[A-Z]{2}U?\s?\d{2,4}(?:\s?\d{2,4}){1,5})"
#: of the pension insurance: area, date of birth, first letter of the name, serial and check digit
_PENSION = r"\d{2}\s?\d{6}\s?[A-Z]\s?\d{3}"
_HEALTH = r"[A-Z]\s?\d{3}\s?\d{3}\s?\d{3}"
#: FZV, section 9: district, one or two letters, up to four digits; electric and historic cars have an E or H
_PLATE = r"[A-ZÄÖÜ]{1,3}(?:\s|\s?-\s?)[A-Z]{1,2}[\s-]?\d{1,4}(?:\s?[EH])?"
_CODE = re.compile(rf"(?<![\w-])(?:{_VAT}|{_PENSION}|{_HEALTH}|{_PLATE})(?![\w-])")
_VAT_DIGITS = range(8, 13)
#: a house number with its letter set apart
_HOUSE = re.compile(r"(?<![\w.,/-])(\d{1,4})\s([A-Za-z])(?!\w|\.\w)")
_GLUED = re.compile(r"(?<![\w.,/-])(\d{1,4})([A-Za-z])(?!\w)")
_MONTH_NAMES = "januar februar märz april mai juni juli august september oktober november dezember"
_MONTHS = {name[:3]: number for number, name in enumerate(_MONTH_NAMES.split(), 1)}
_DATE = re.compile(
    r"(?<![\w.,])(?:(?P<day>\d{1,2})\.\s?(?:(?P<month>\d{1,2})\.|(?P<name>"
    + "|".join(f"{name}|{name[:3]}\\." for name in _MONTH_NAMES.split())
    + r"))\s?(?P<year>\d{4}|\d{2})|(?P<iso>\d{4}-\d{2}-\d{2}))(?![\w-]|\.\d)",
    re.IGNORECASE,
)
_NEEDLE = re.compile(r"\d\s?[A-Za-z]|[A-Za-z][\s-]?\d|\d\.\s?\d|\d-\d|\d\.\s?[A-Za-zä]")
_CENTURIES = ("19", "20")  #: that a year of two digits may be of


def find(text: str) -> Iterator[str]:
    """The tokens of all of them in a text, at most MAX_FOUND."""
    if not _NEEDLE.search(text):
        return
    found = {token: None for match in _CODE.finditer(text) if (token := _code(match))}
    found |= {f"{house[1]}{house[2].lower()}": None for house in _HOUSE.finditer(text)}
    found |= {token: None for match in _DATE.finditer(text) if (token := _date(match))}
    yield from list(found)[:MAX_FOUND]


def is_one(text: str) -> bool:
    """Whether this is one of them, in several words."""
    return bool(asked(text))


def asked(text: str) -> tuple[str, ...]:
    """The tokens by which a text holds what somebody asks for; empty where it is none of them.

    A date of four digits for the year is also asked for with two, and the other way round.
    """
    plain = text.strip().rstrip(".,;:!?)")
    # Words of small letters are words: in ab 12. With a hyphen or in digits they are no others.
    code = _CODE.fullmatch(plain.upper() if "-" in plain or plain[:1].isdigit() else plain)
    if code and (token := _code(code)):
        return (token,)
    if house := _HOUSE.fullmatch(plain):
        return (f"{house[1]}{house[2].lower()}",)
    date = _DATE.fullmatch(plain)
    token = _date(date) if date else ""
    if not token:
        return ()
    year, rest = token.split("-", 1)
    others = [year[2:]] if len(year) == 4 else [f"{century}{year}" for century in _CENTURIES]
    return (token, *(f"{other}-{rest}" for other in others))


def spellings(text: str) -> tuple[str, ...]:
    """A phrase as it is, with the letters of its house numbers beside them, and with these apart."""
    forms = (text, _HOUSE.sub(r"\1\2", text), _GLUED.sub(r"\1 \2", text))
    return tuple(dict.fromkeys(forms))


def _code(match: re.Match[str]) -> str:
    token = "".join(filter(str.isalnum, match.group())).lower()
    digits = sum(map(str.isdigit, token))
    return "" if match["vat"] and digits not in _VAT_DIGITS else token


def _date(match: re.Match[str]) -> str:
    """Year, month and day; no word of a text has a hyphen. Empty where there is no such day."""
    if match["iso"]:
        year, month, day = match["iso"].split("-")
    else:
        name = match["name"]
        month = str(_MONTHS[name[:3].lower()]) if name else match["month"]
        year, day = match["year"], match["day"]
    there_is = 1 <= int(month) <= 12 and 1 <= int(day) <= 31
    return f"{year}-{int(month):02}-{int(day):02}" if there_is else ""
