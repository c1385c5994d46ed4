"""Numbers that people write in groups: IBANs, telephone numbers, payment references, thousands.

The index holds them without their blanks and separators as well, so that either spelling finds
the other. Dates are left as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

MIN_DIGITS = 4  #: of a number whose groups are put together
MIN_SPACED = 5  #: of one whose groups are set apart by blanks
MIN_SLASHED = 8  #: of one whose groups are set apart by a slash and that is not dialled
MAX_DIGITS = 34
MAX_BLOCKS = 7  #: with blanks between; a longer row is a table
MAX_FOUND = 400  #: numbers of one text

#: ISO 13616: country, check digits, up to 30 letters and digits, printed in groups of four
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?:\s?[0-9A-Z]{4}){2,7}(?:\s?[0-9A-Z]{1,3})?(?!\w)")
_NEEDLE = re.compile(r"\d[ ./'’)–-]{1,3}\(?\d")
_BLOCK = r"(?:\(\d+\) ?)?\d+(?:[./'’–-](?:\(\d+\))?\d+)*"
_ROW = re.compile(rf"(?<![\w.,])\+?{_BLOCK}(?:[-–/]? [-–/]? ?{_BLOCK})*")
_DATE = re.compile(
    r"(?<!\d)(?:\d{1,2}\. ?\d{1,2}\. ?(?:\d{4}|\d{2})|\d{4}-\d{2}-\d{2})(?!\d)|\d{1,2}[:.]\d{2} ?(?=Uhr)"
)
#: how a number begins of which groups are set apart: +49 261, 0261, (0261); or it has thousands
_DIALLED = re.compile(r"\(?(?:\+|0)\d")
_THOUSANDS = re.compile(r"\d{1,3}(?: \d{3})+")
#: what tells that the row behind is one number, however it is grouped; other rows are of a table
_TOLD = re.compile(
    r"(?:zeichen|nummer|nr|verwendungszweck|referenz|konto|kto|blz|telefon|telefax"
    r"|\b(?:id|tel|fax|mobil|handy|rf\d\d))[.:]{0,2}\s{0,3}$",
    re.IGNORECASE,
)
TELLING = 24  #: letters before a row in which that stands
_DIGITS = re.compile(r"\d+")
_COUNTRY = re.compile(r"^(?:\+|00)49(?:\(?0\)?)?")


def find(text: str) -> Iterator[str]:
    """Numbers of a text written without separators, in lower case; at most MAX_FOUND."""
    if not _NEEDLE.search(text):
        return
    found: dict[str, None] = {}
    for iban in _IBAN.finditer(text):
        found[_compact(iban.group())] = None
    for row in _ROW.finditer(_DATE.sub(" | ", text)):
        told = bool(_TOLD.search(row.string[max(0, row.start() - TELLING) : row.start()]))
        numbers = _of_row(row.group(), told=told)
        found |= dict.fromkeys(number for number in numbers if len(number) >= MIN_DIGITS)
        if len(found) > MAX_FOUND:
            break
    yield from list(found)[:MAX_FOUND]


def is_iban(text: str) -> bool:
    """Whether this is written like an IBAN, in groups or without."""
    return bool(_IBAN.fullmatch(text))


def is_row(text: str) -> bool:
    """Whether this is one number, and no date, whose groups are set apart."""
    if _DATE.search(text) or not _ROW.fullmatch(text):
        return False
    return MIN_SPACED <= len(_compact(text)) <= MAX_DIGITS and text.count(" ") < MAX_BLOCKS


def asked(text: str) -> tuple[str, ...]:
    """How a number that somebody asks for is looked up; empty for what is no number."""
    if is_iban(text):
        return (_compact(text),)
    if not _ROW.fullmatch(text) or _DATE.search(text) or _is_parted(text):
        return ()
    forms = dict.fromkeys((_compact(text), _national(text)))
    return tuple(form for form in forms if MIN_DIGITS <= len(form) <= MAX_DIGITS)


def _of_row(row: str, *, told: bool) -> Iterator[str]:
    blocks = [block for block in row.split() if block not in "-–/"]
    if len(blocks) > MAX_BLOCKS:
        for block in blocks:
            yield from _of_block(block)
        return
    for first, block in enumerate(blocks):
        yield from _of_block(block)
        told = told or bool(_DIALLED.match(block))  # also its end, without the area code
        for last in range(first + 1, len(blocks)):
            number = " ".join(blocks[first : last + 1])
            if not (told or _THOUSANDS.fullmatch(number)):
                continue
            if MIN_SPACED <= len(_compact(number)) <= MAX_DIGITS:
                yield from dict.fromkeys((_compact(number), _national(number)))


def _of_block(block: str) -> Iterator[str]:
    """The number of a block, and its ends (a telephone number without its area code)."""
    groups = [] if _is_parted(block) else _DIGITS.findall(block)
    for start in range(min(len(groups) - 1, MAX_BLOCKS)):
        number = "".join(groups[start:])
        if MIN_DIGITS <= len(number) <= MAX_DIGITS:
            yield number
    if block.startswith("+"):
        yield _national(block)


def _is_parted(block: str) -> bool:
    """Whether a slash parts a number rather than groups it: the parcel 123/4 is not 12/34 nor 1234."""
    return "/" in block and not _DIALLED.match(block) and len(_compact(block)) < MIN_SLASHED


def _national(number: str) -> str:
    """+49 (0)261 and 0049 261 as 0261."""
    plain = number.replace(" ", "")
    return _compact(_COUNTRY.sub("0", plain, count=1))


def _compact(text: str) -> str:
    return "".join(letter for letter in text if letter.isalnum()).lower()
