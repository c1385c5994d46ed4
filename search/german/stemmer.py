"""A light German stemmer: takes endings of inflection off folded words.

Unlike Snowball's it knows that -er is mostly no ending (Bürger is not Burg, Bauer is not Bau): it
goes only in the plurals that have it and in adjectives. No dictionary: the same everywhere.
"""

from __future__ import annotations

import re

from search.german.tokens import fold, transcribed

#: of three letters and with an -s for their genitive or plural: that of other words is their own
#: (Kurs is not Kur, Mais not Mai)
_SHORT_WORDS = (
    "abt akt alm amt arm art ast auto bad bau bob bor bot bub cup dom eck eid elf erz fan gag gel gut hof huf"
    " hut job kap kot lob lok los lot mal mob mut not ohr ohm ort rad rat ruf rum see set sog sud tag tal tee"
    " tod ton tor typ uhu ulk uni van weg weh zar zoo zug"
)
_SHORT = frozenset(_SHORT_WORDS.split())
_PLURAL_ER = re.compile(
    r"""(?:amt|haus|kind|land|buch|bild|dach|dorf|fach|feld|geld|gut|holz|kleid|loch|mann|rad
    |schild|schloss|tal|volk|wald|wort|rind|glied|gesicht|geschlecht|blatt|band|brett|fass|glas
    |grab|gras|horn|huhn|kalb|kraut|lamm|licht|lied|nest|strauch|bad|rand|geist|gehalt|regiment
    |gespenst|denkmal|spital|tum|weib|gemut|haupt|krankenhaus|mund|gewand|gemach|gott|korn|pfand|tuch
    |maul|schwert|wurm|scheit|ross|trumm|(?<!b)leib|(?<!so)lid|^ding|^reis)$""",
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
#: words whose -s is part of them and no genitive: Füchse have one stem with Fuchs, Dachs none with Dach
_OWN_S = re.compile(
    r"""(?:fuchs|lachs|luchs|wachs|wuchs|flachs|^dachs|^ochs|kurs|raps|schnaps|mops|schlips|kollaps
    |knirps|(?<!sc)hals|puls|krebs|konsens|dispens
    |nonsens|suspens|(?<!ga)(?<!en)(?<!di)zins|sims|klops|^(?:feld|edel|erd|straf)?vers|gips|(?<!ki)(?<!si)(?<!so)los)$""",
    re.VERBOSE,
)
#: those of whom -in makes the woman: Ärztin, Anwältinnen; not Termin, Benzin
_PERSON = re.compile(
    r"""(?:...ent|.ant|.ist|[aeiou][bcdfgklmnpst]+or|arzt|anwalt|beamt|rat|zeug|kolleg|gesell|notar
    |nachbar|koch|wirt|olog|agog|bauer|graf|bot|genoss|gatt|pat|vormund)$""",
    re.VERBOSE,
)
_VOWELS = frozenset("aeiouy")
_S_AFTER = frozenset("bcdfghklmnoprtvwy")
_IRREGULAR = {
    "firmen": "firma", "konten": "konto", "themen": "thema", "villen": "villa", "salden": "saldo",
    "risiken": "risiko", "schemata": "schema", "kosten": "kost", "praxen": "praxis", "viren": "virus",
    "zyklen": "zyklus", "boni": "bonus", "indizes": "index", "examina": "exam", "lexika": "lexikon",
    "praktika": "praktik", "antibiotika": "antibiotik", "visa": "visum", "maxima": "maxim",
    "minima": "minim", "materialien": "material", "prinzipien": "prinzip", "mineralien": "mineral",
    "indizien": "indiz", "kitas": "kita", "kameras": "kamera", "rehas": "reha", "aulas": "aula",
    "mensas": "mensa", "sofas": "sofa", "azubis": "azubi", "taxis": "taxi", "akkus": "akku",
    "menus": "menu", "tabus": "tabu", "eier": "ei", "eiern": "ei", "ole": "ol", "olen": "ol", "ols": "ol",
    "auen": "aue", "ehen": "ehe", "seen": "see", "feen": "fee", "geldbusse": "geldbuss",
    "geldbussen": "geldbuss",
}  # fmt: skip
#: Omnibusse, Kürbisses: the s is doubled before an ending
_DOUBLED_S = re.compile(
    r"(?:bus|iltis|kurbis|krokus|zirkus|bonus|malus|campus|atlas)(?=s(?:e[ns]?)$)"
)


#: words that an umlaut makes other words: Förderung is not Forderung, Zähler not Zahler. Not those
#: whose umlaut is that of a plural (Gründe, Güter, Schränke)
_OTHER_WORD = re.compile(
    "^b(ä)r|f(ö)rder|z(ä)hl|l(ö)s(?=ung|en|bar|e$|t$)|bew(ä)hr|w(ä)hrung|(?:^|be|ver|unter)dr(ü)ck|k(ü)che|st(ü)ck|sch(ä)tzung"
    "|schl(ä)ger|(?:be|ein)schr(ä)nk|bl(ü)te|f(ä)hre|b(ü)rger|sch(ö)n|g(ü)te(?!r)|k(ä)mmer|(ä)chtung"
    "|br(ü)ck|h(ü)tte|gr(ü)n(?!d)"
)
#: words that are no forms of the short ones that they seem to come from (Rat, Zeug, Not, Buch, Eis, seit, war)
_OWN_WORDS = "rate note buche rinde kohle marke laube reise schale leine kanne wanne seite gabe lage ware weile"
_OWN_WORDS += " nichte wille wiese ebene musse stätte"
_OWN = {f"{word}{ending}": word for word in _OWN_WORDS.split() for ending in ("", "n")}
_OWN |= {f"zeug{ending}": "zeuge" for ending in ("e", "en", "in", "innen")}
_OWN |= {
    f"{word}{ending}": word
    for word in ("eisen", "graben", "posten", "magen")
    for ending in ("", "s")
}
_OWN |= {"wolle": "wolle", "gräben": "graben", "graeben": "graben"}
#: the only plural of which the umlaut stands for two letters
_SAAL = re.compile(r"s(?:ä|ae)len?$")


def stem_of(word: str) -> str:
    """The stem of a word in lower case whose umlauts are kept (or transcribed)."""
    if word in _OWN:
        return _OWN[word]
    word = _SAAL.sub("saal", word)
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
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) <= 3 or not word.isalpha():
        return word
    if doubled := _DOUBLED_S.search(word):
        return word[: doubled.end()]
    word = _person(_genitive(word))
    return _derived(_latin(_ending(word)))


def _genitive(word: str) -> str:
    if not word.endswith("s") or _OWN_S.search(word):
        return word
    base = word[:-1]
    if base in _SHORT or base.endswith(("bau", "stau")):
        return base
    return base if len(word) > 4 and base[-1] in _S_AFTER else word


def _person(word: str) -> str:
    """Bürgerin, Bürgerinnen -> Bürger."""
    for ending in ("innen", "in"):
        if word.endswith(ending):
            base = word[: -len(ending)]
            if (base.endswith("er") and len(base) >= 5) or _PERSON.search(base):
                return base
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
    """Museum, Ministerium, Zentrum meet their plurals in -en; Eigentum is no Latin."""
    if word.endswith("tum") and word[-4:-3] not in ("a", "o", "k", "") and len(word) > 5:
        return word
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
