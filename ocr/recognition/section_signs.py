"""Signs that the German models cannot say: which words are doubtful, and what a second model may mend.

Debian's ``deu`` and ``frk`` have no § in their character sets, so a section sign comes out as ``8``,
``$``, ``5``, ``S`` or ``&``. Words of that form where a law is cited are read again by a model
that has the sign; only what that model sees in the picture is mended. Pure; measured in
docs/explanation/ocr.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

OPENING = "([{„“\"'»«›‹‚‘"
CONFUSED = "$S8B5&3s"  #: what a § is read as
SECTION_ALONE = re.compile(rf"([{re.escape(OPENING)}]*)([{re.escape(CONFUSED)}]{{1,3}})")
SECTION_GLUED = re.compile(
    rf"([{re.escape(OPENING)}]*)([$S8B5&]{{1,2}}?)(\d{{1,4}}[a-z]{{0,2}})([),.;:]*)"
)
NUMBER = re.compile(r"\d{1,4}[a-z]{0,2}(?![\d.]*\d\b)(?:[^\w].*)?")
AMOUNT = re.compile(r"\d{1,3}(?:[.' ]?\d{3})*(?:[.,](?:\d\d(?!\d)|-|–|—))")
UNIT = re.compile(r"(?:Dollar|USD|Euro|EUR|€|Cent|Mio|Mrd|Uhr|%)", re.IGNORECASE)

PARTS = re.compile(
    r"(?:Abs|Absatz|Absätze|Absatzes|Satz|Sätze|Satzes|S|Nr|Nrn|Nummer|Nummern|Buchst|Buchstabe|Halbs|"
    r"Halbsatz|Alt|Alternative|HS|ff|f|fort|folgende|iVm|i\.\s?V\.\s?m|i\.\s?S\.\s?d|Anlage)[.,;:)]*"
)
LAW = re.compile(
    r"[(]?(?:SGB|BGB|BauGB|HGB|StGB|GG|AO|ZPO|StPO|InsO|VwGO|FGO|GO|KrO|LKrO|BauO|LBO|BauNVO|StVO|StVZO|"
    r"[A-ZÄÖÜ]\w{0,14}(?:G|GB|VO|VwO|NVO|BO|O|StG|ErmVO|V))(?:-E)?[.,;:)]*"
    r"|\w*(?:[Gg]esetz(?:es|buch|buches|buchs)?|ordnung|verordnung|satzung|[Bb]uch(?:es)?)[.,;:)]*"
)
BEFORE = re.compile(
    r"(?:nach|gem(?:äß|äss)?|laut|lt|entgegen|de[smnr]|die|das|aus|vo[nm]|i[nm]|mit|und|oder|sowie|bis|"
    r"zu[mr]?|auf|wegen|betr(?:eff|ifft)?|siehe|vgl|durch|für|nebst|entsprechend|abweichend|unbeschadet|"
    r"sinne?|grundlage|ist|sind|gilt|gelten|bzw|soweit|wie|als|über|um|bei|hier|paragra(?:ph|f)|"
    r"i\.?\s?(?:v\.?\s?m|s\.?\s?d)|§+)"
)
AHEAD = 7  #: words in which a part of a law or its name may follow


@dataclass(frozen=True, slots=True)
class Doubt:
    """A doubtful word: its row, its place in it, and what it says if it is a section sign.

    ``number`` is the section's, in digits, as it was read; empty where the next line begins with it.
    """

    row: int
    word: int
    lead: str  #: what stands before the sign in the same word, e.g. an opening bracket
    number: str
    tail: str  #: the rest of the word, if the number has run into the sign


@dataclass(frozen=True, slots=True)
class _Form:
    """A word that may be a section sign, alone or run into its number."""

    lead: str
    sign: str
    number: str
    tail: str
    last: int  #: index of the word that holds the number


def doubts(rows: Sequence[Sequence[str]]) -> Iterator[Doubt]:
    """The doubtful words of a page, in reading order; ``rows`` are the words of each line."""
    flat = [(row, place) for row, words in enumerate(rows) for place in range(len(words))]
    texts = [text for words in rows for text in words]
    for at, (row, place) in enumerate(flat):
        form = _form(texts, at)
        if form is not None and _is_cited(texts, at, form):
            here = form.last == at or place + 1 < len(rows[row])
            digits = re.match(r"\d+", form.number)
            yield Doubt(row, place, form.lead, digits[0] if here and digits else "", form.tail)


def _form(texts: Sequence[str], at: int) -> _Form | None:
    alone = SECTION_ALONE.fullmatch(texts[at])
    number = texts[at + 1] if at + 1 < len(texts) else ""
    if alone and NUMBER.fullmatch(number):
        return None if AMOUNT.match(number) else _Form(alone[1], alone[2], number, "", at + 1)
    glued = SECTION_GLUED.fullmatch(texts[at])
    if glued:
        return _Form(glued[1], glued[2], glued[3], glued[3] + glued[4], at)
    return None


def _is_cited(texts: Sequence[str], at: int, form: _Form) -> bool:
    """A law is near. A number that merely begins with 8 needs more than a word before it."""
    after = texts[form.last + 1 : form.last + 1 + AHEAD]
    if after and UNIT.match(after[0]):
        return False
    if form.last > at and ("$" in form.sign or "&" in form.sign):
        return True
    before = texts[max(0, at - AHEAD) : at]
    if any(LAW.fullmatch(word) or PARTS.fullmatch(word) for word in (*before, *after)):
        return True
    plain = before[-1].lower().strip(OPENING + ".:,;") if before else ""
    return form.last > at and (BEFORE.fullmatch(plain) is not None or "(" in form.lead)


@dataclass(frozen=True, slots=True)
class Seen:
    """Section signs that a second model saw, and whether a blank follows them."""

    signs: str
    apart: bool


def section_in(said: str, number: str) -> Seen | None:
    """The section signs that a second model saw before the number (or at the end, where it is empty).

    A group in which it saw one § is of § alone: there is no word ``8§``.
    """
    behind = rf"(\s?){number}(?!\d)" if number else r"()\s*$"
    for found in re.finditer(rf"(?<!\w)([§{re.escape(CONFUSED)}]{{1,2}}){behind}", said):
        if "§" in found[1]:
            return Seen("§" * len(found[1]), apart=bool(found[2]))
    return None


def with_section(doubt: Doubt, seen: Seen) -> tuple[str, ...]:
    """What the doubtful word says: two words where the sign had run into its number."""
    sign = doubt.lead + seen.signs
    if not doubt.tail:
        return (sign,)
    return (sign, doubt.tail) if seen.apart else (sign + doubt.tail,)
