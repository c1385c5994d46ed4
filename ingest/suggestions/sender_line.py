"""The line of a letter's head that names its sender: an office, a firm, a person; never a sentence. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

LINES = 6  #: of the head in which a sender is looked for
MOST_WORDS, MOST_LETTERS = 14, 120
LONGEST_LINE = 500  #: letters of a line of a head; what follows is no part of a sender

#: Words that a name may hold in small letters; every other one makes it running text.
SMALL = frozenset(
    ["a", "am", "an", "auf", "bei", "beim", "d", "das", "de", "dem", "den", "der", "des", "die", "du", "e", "für", "f",
     "g", "i", "im", "in", "la", "mbh", "mit", "ob", "of", "the", "u", "und", "unter", "v", "van", "vom", "von", "vor", "z",
     "zu", "zum", "zur", "über", "geb", "and", "sowie", "b", "gem", "o", "ö", "r", "mbb", "k", "c", "pro"]
)  # fmt: skip
ADDRESSEE = re.compile(
    r"(?:herrn?|frau|fräulein|familie\s*$|eheleute\s*$|firma\s*$|an\s+(?:den|die|das|herrn|frau|alle)|an\s*$)"
    r"(?!\w)",
    re.IGNORECASE,
)
LABEL = re.compile(
    r"(?:betreff|betrifft|betr|bezug|hier\s*:|subject|re\s*:|aw\s*:|wg\s*:|datum|unser(?:e[srnm]?)?|"
    r"ihr(?:e[srnm]?)?|mein(?:e[srnm]?)?|az|aktenzeichen|geschäftszeichen|gz|kassenzeichen|kundennummer|"
    r"rechnungs\w*|steuernummer|tel(?:efon|efax)?|fax|mobil|e-?mail|internet|www|https?|auskunft|"
    r"(?:sach)?bearbeite[rt]\w*|ansprechpartner\w*|zimmer|durchwahl|sprechzeit\w*|öffnungszeit\w*|seite\s+\d+|"
    r"blatt\s+\d+|anlagen?|per|vorab|einschreiben|persönlich|vertraulich|eilt|eingegangen|eingang|posteingang|"
    r"eing|poststelle|entwurf|kopie|abschrift|durchschrift|zustellung)(?!\w)",
    re.IGNORECASE,
)
OPENING = re.compile(
    r"(?:sehr\s+geehrte[rs]?|guten\s+(?:tag|morgen|abend)|hallo|liebe[rs]?|werte[rs]?|moin)(?!\w)",
    re.IGNORECASE,
)
SPEECH = re.compile(
    r"(?:ich|wir|sie|es|er|hiermit|bitte|vielen\s+dank|anbei|zu\s+ihre\w*|in\s+(?:der|dem|sachen)|"
    r"mit\s+\w+|nach|gemäß|gem|aufgrund|auf\s+grund|durch|wenn|wie|dies(?:e[mnrs]?)?)(?!\w)",
    re.IGNORECASE,
)
KIND = re.compile(
    r"(?:\w*(?:rechnung|bescheid|spruch|antrag|vermerk|vertrag|verfügung|bekanntmachung|bescheinigung)|mahnung|urteil|"
    r"beschluss|protokoll|niederschrift|merkblatt|formular|lageplan|einladung|\w*vollmacht|gutachten|kündigung|"
    r"anzeige|mitteilung|information|urkunde|zeugnis|satzung|tagesordnung|lieferschein|angebot|auftrag|quittung|"
    r"kostenvoranschlag|stellungnahme|beschwerde|klage)(?!\w)",
    re.IGNORECASE,
)
STREET = re.compile(
    r"(?:.*(?:str(?:\.|aße|asse)|weg|platz|allee|gasse|ring|damm|ufer|markt|chaussee|pfad|hof|berg|steig|promenade)|"
    r"(?:am|an de[rn]|auf de[rm]|im|in de[rn]|zu[mr]|hinter de[mr])\s.*)\s\d+\s?[a-z]?(?:\s?[-–/]\s?\d+)?",
    re.IGNORECASE,
)
NOBLE = frozenset(["von", "van", "vom", "de", "zu", "zum", "zur", "d"])  #: with which names begin
MARKS = re.compile(r"\s+(?:[·•|*»«]|[-–—:;,])\s+|\s*[·•|]\s*|,\s+(?=\D*\d)")
POSTCODE = re.compile(r"\b(?:D-)?\d{5}\b")


def sender(lines: Sequence[str]) -> str | None:
    """The first line of the head that reads like a name; none where there is no such."""
    addressee = False
    head = [line[:LONGEST_LINE] for line in lines[: LINES + 1]]
    for number, line in enumerate(head[:LINES]):
        if OPENING.match(line):  # what stands below is no head
            return None
        if ADDRESSEE.match(line):
            addressee = True
        elif addressee:  # its name and street, until its town
            addressee = POSTCODE.match(line) is None
        else:
            following = head[number + 1] if number + 1 < len(head) else ""
            name = MARKS.split(line)[0].strip() if POSTCODE.search(line) else line
            if is_name(name) and not _continues(line, following):
                return name
    return None


def is_name(line: str) -> bool:
    """Whether a line names somebody: no sentence, no date, no label, no form of address."""
    letters = sum(char.isalpha() for char in line)
    if letters < 4 or letters < 0.6 * len(line.replace(" ", "")) or len(line) > MOST_LETTERS:
        return False
    if any(kind.match(line) for kind in (ADDRESSEE, LABEL, OPENING, SPEECH, KIND)) or re.search(
        r"\d{1,2}\.\s?\w{1,9}\.?\s?\d{2,4}|:\s|[?!;]|§", line
    ):
        return False
    words = re.findall(r"[^\W\d_]+", line)
    if len(words) > MOST_WORDS or STREET.fullmatch(line):
        return False
    if not words[0][0].isupper() and words[0] not in NOBLE:
        return False
    if any(word.islower() and word not in SMALL for word in words):  # but gGmbH, eG, kAöR
        return False
    return not (line.endswith((",", "-")) or (line.endswith(".") and len(words) > 4))


def _continues(line: str, following: str) -> bool:
    """The next line goes on in the middle of a sentence."""
    first = re.match(r"[^\W\d_]+", following)
    goes_on = first is not None and first[0][0].islower() and first[0] not in SMALL
    return goes_on and len(line.split()) > 3
