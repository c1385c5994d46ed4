"""A light German stemmer: takes endings of inflection off folded words.

Unlike Snowball's it knows that -er is mostly no ending (Bürger is not Burg, Bauer is not Bau): it
goes only in the plurals that have it and in adjectives. No dictionary: the same everywhere.
"""

from __future__ import annotations

import re

from search.tokens import fold, transcribed

_SHORT_WORDS = (
    "amt akt arm art ast bau boot eid fall gas gut hof hut jahr kind land los mal markt not ort"
    " rad rat recht ruf see tag tal tor tier weg werk zug"
)
_SHORT = frozenset(_SHORT_WORDS.split())
_PLURAL_ER = re.compile(
    r"""(?:amt|haus|kind|land|buch|bild|dach|dorf|fach|feld|geld|gut|holz|kleid|loch|mann|rad
    |schild|schloss|tal|volk|wald|wort|rind|glied|gesicht|geschlecht|blatt|band|brett|fass|glas
    |grab|gras|horn|huhn|kalb|kraut|lamm|licht|lied|nest|strauch|bad|rand|geist|gehalt|regiment
    |gespenst|denkmal|spital|tum|weib|gemut|haupt|krankenhaus)$""",
    re.VERBOSE,
)
_ADJECTIVE_ER = re.compile(
    r"""(?:lich|ig|isch|bar|sam|haft|los|voll|end|igt|iert|gemass|maessig|eigen
    |(?:^|un|hoch)(?:neu|klein|gross|gut|deutsch|jung|hoh|nah|stark|schwer|voll|leer|weit|lang|kurz
      |breit|warm|kalt|frisch|schon|schlecht|schnell|frei|neuest|letzt|erst|zweit|dritt|viert
      |best|ander|dies|jen|jed|welch|ein|kein|mein|sein|unser|euer|ihr|viel|einig|mehrer|solch)
    |beamt|angestellt|gestellt|auftragt|abgeordnet|geordnet|bekannt|verwandt|gefangen|erwachsen
    |betroffen|versichert|behindert|gefluchtet|geduldet|bestellt|gewahlt|geehrt)$""",
    re.VERBOSE,
)
_NOUN_ENDER = re.compile(r"(?:kal|^s|^abs|sp|^w|geg|^verw|bl|kel|gel|zyl|bl|aust|anw)ender$")
_VOWELS = frozenset("aeiouy")
_S_AFTER = frozenset("bdfghklmnrto")
_IRREGULAR = {
    "firmen": "firma",
    "konten": "konto",
    "themen": "thema",
    "busse": "buss",
    "schemata": "schema",
    "risiken": "risiko",
    "kosten": "kost",
    "kitas": "kita",
    "kameras": "kamera",
    "azubis": "azubi",
    "taxis": "taxi",
    "handys": "handy",
    "lkws": "lkw",
    "pkws": "pkw",
    "praktika": "praktik",
    "antibiotika": "antibiotik",
    "visa": "visum",
    "examina": "exam",
    "lexika": "lexikon",
    "indizes": "index",
    "maxima": "maxim",
    "minima": "minim",
}


#: words that an umlaut makes other words: Förderung is not Forderung, Zähler not Zahler. Not those
#: whose umlaut is that of a plural (Gründe, Güter, Schränke)
_OTHER_WORD = re.compile(
    "f(ö)rder|z(ä)hl|l(ö)s(?=ung|en|bar|e$|t$)|bew(ä)hr|w(ä)hrung|(?:^|be|ver|unter)dr(ü)ck|k(ü)che|st(ü)ck|sch(ä)tzung"
    "|schl(ä)ger|(?:be|ein)schr(ä)nk|bl(ü)te|f(ä)hre|b(ü)rger|sch(ö)n|g(ü)te(?!r)|k(ä)mmer|(ä)chtung"
    "|br(ü)ck|h(ü)tte|gr(ü)n(?!d)"
)
#: these in -e are no forms of the short words that they seem to come from (Rat, Zeug, Not, Buch)
_OWN_E = {"rate": "rate", "raten": "rate", "zeuge": "zeuge", "zeugen": "zeuge"}
_OWN_E |= {"note": "note", "noten": "note", "buche": "buche"}


def stem_of(word: str) -> str:
    """The stem of a word in lower case whose umlauts are kept (or transcribed)."""
    if word in _OWN_E:
        return _OWN_E[word]
    base = stem(fold(word))
    if word.isascii() and not ("oe" in word or "ue" in word or "ae" in word):
        return base
    plain = transcribed(word)
    if len(fold(plain)) == len(plain):
        for match in _OTHER_WORD.finditer(plain):
            place = match.start(match.lastindex or 0)
            if place < len(base):
                base = base[:place] + plain[place] + base[place + 1 :]
    return base


def stem(word: str) -> str:
    """The stem of a folded word; words with digits and very short ones stay as they are."""
    if len(word) <= 3 or not word.isalpha():
        return word
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    word = _person(_genitive(word))
    return _derived(_latin(_ending(word)))


def _genitive(word: str) -> str:
    if not word.endswith("s") or word[-2] not in _S_AFTER:
        return word
    return word[:-1] if len(word) > 4 or word[:-1] in _SHORT else word


def _person(word: str) -> str:
    """Bürgerin, Bürgerinnen -> Bürger."""
    for ending in ("innen", "in"):
        if word.endswith("er" + ending) and len(word) - len(ending) >= 5:
            return word[: -len(ending)]
    return word


def _ending(word: str) -> str:
    if word.endswith("ern"):
        base = word[:-3]
        return base if _PLURAL_ER.search(base) else word[:-1]
    if word.endswith("er"):
        base = word[:-2]
        if base.endswith("er") and len(base) >= 5:  # höherer, unterer meet höhere, untere
            return base
        if _PLURAL_ER.search(base) or (_ADJECTIVE_ER.search(base) and not _NOUN_ENDER.search(word)):
            return base
        return word
    if word.endswith("eln"):
        return word[:-1]
    for ending in ("en", "em", "es", "e"):
        if word.endswith(ending):
            base = word[: -len(ending)]
            if len(base) >= 3 and not _VOWELS.isdisjoint(base):
                return base.removesuffix("s") if base.endswith("niss") else base
            return word
    return word


def _latin(word: str) -> str:
    """Museum, Ministerium, Zentrum meet their plurals in -en."""
    if word.endswith("um") and len(word) >= 6 and word[-3] not in "aeou":
        return word[:-2]
    return word[:-2] if word.endswith("eum") and len(word) >= 6 else word


def _derived(word: str) -> str:
    """Genehmigung, genehmigen, genehmigt meet; short words in -ung stay (Zeitung is not Zeit)."""
    if word.endswith("ung") and len(word) >= 10 and not word.endswith("weisung"):
        return word[:-3]
    if word.endswith(("igt", "iert")) and len(word) >= 7:
        return word[:-1]
    return word
