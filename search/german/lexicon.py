"""The words that compounds are taken apart into.

No dictionary is shipped: those of Debian (wngerman, hunspell-de-de) are GPL and are read where
they are installed. ``words.txt`` is our own list of administrative stems, so that a bare
installation takes the words of the trade apart; a site may add a file of the same form.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from config.errors import ConfigError
from config.system_errors import why
from search.german import dictionary_cache
from search.german.stemmer import stem_of
from search.german.tokens import lower

DICTIONARIES = (Path("/usr/share/dict/ngerman"), Path("/usr/share/hunspell/de_DE.dic"))
MIN_PART = 4  #: letters of a part taken from a foreign dictionary; shorter ones only by our list
_NOUN = re.compile(
    rf"^([A-ZÄÖÜ][a-zäöüßàâçéèêëîïñóôûœ]{{{MIN_PART - 1},}})(?=[/\s]|$)", re.MULTILINE
)
SECTIONS = ("nouns", "common", "firsts", "lasts", "never_last", "never", "simple", "apart")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """``firsts`` stand only before another part (melde-, wohn-). The rest are stems:
    ``never_last`` of words that are no part at the end (-schaft), ``simple`` holds the stems of words
    that are never taken apart, ``last_stems`` those of our own nouns (``own``): a last part may be any of their
    forms. ``lasts`` are the stems of short words and adjectives that only end others, ``apart`` holds stems of
    words that no rule takes apart, with the length of the first part (Fach-los)."""

    nouns: frozenset[str]
    firsts: frozenset[str]
    last_stems: frozenset[str]
    lasts: frozenset[str]
    never_last: frozenset[str]
    simple: frozenset[str]
    own: frozenset[str]
    apart: Mapping[str, int]
    fingerprint: str  #: changes with the contents of every source
    sources: tuple[str, ...]

    def knows(self, word: str) -> bool:
        """Whether a list has this word, in just this form."""
        return lower(word) in self.nouns


def load(
    *,
    site: Path | None = None,
    dictionaries: Sequence[Path] = DICTIONARIES,
    kept_in: Path | None = None,
) -> Lexicon:
    """Read our list, the dictionaries that are there, and the site's list.

    ``kept_in``: the folder where what is taken from the dictionaries may be kept for the next time.
    Raises ConfigError when the site's list is named and cannot be read.
    """
    digest = hashlib.sha256()
    own = (resources.files("search.german") / "words.txt").read_bytes()
    digest.update(own)
    lists = _sections(own.decode("utf-8"))
    sources = ["words.txt"]
    if site is not None:
        extra = _site(site)
        digest.update(extra)
        for name, words in _sections(extra.decode("utf-8", "replace")).items():
            lists[name] |= words
        sources.append(site.name)
    found = list(_installed(dictionaries))
    foreign = [raw for _, raw in found]
    theirs = _digest(foreign)
    digest.update(theirs.encode("ascii"))
    sources += [name for name, _ in found]
    nouns = _nouns_of(foreign, theirs, kept_in) if found else set()
    own_nouns = lists["nouns"]
    nouns -= lists["never"]
    nouns.update(own_nouns, lists["common"], lists["simple"])
    return Lexicon(
        nouns=frozenset(nouns),
        firsts=frozenset(lists["firsts"] | {word[:-1] for word in own_nouns if _may_lose_e(word)}),
        last_stems=frozenset(map(stem_of, own_nouns)),
        lasts=frozenset(map(stem_of, lists["lasts"])),
        never_last=frozenset(map(stem_of, lists["never_last"])),
        simple=frozenset(map(stem_of, lists["simple"])),
        own=frozenset(own_nouns),
        apart=dict(_apart(word) for word in lists["apart"]),
        fingerprint=digest.hexdigest()[:12],
        sources=tuple(sources),
    )


def _installed(dictionaries: Sequence[Path]) -> Iterator[tuple[str, bytes]]:
    for path in dictionaries:
        try:
            yield path.name, path.read_bytes()
        except OSError:
            continue  # not installed: our own list has to do, and the fingerprint says so


def _digest(dictionaries: Sequence[bytes]) -> str:
    digest = hashlib.sha256()
    for raw in dictionaries:
        digest.update(raw)
    return digest.hexdigest()


def _nouns_of(dictionaries: Sequence[bytes], digest: str, kept_in: Path | None) -> set[str]:
    """The nouns of all dictionaries, from where they are kept if they are."""
    known = dictionary_cache.read(kept_in, digest) if kept_in else None
    if known is not None:
        return known
    nouns: set[str] = set()
    for raw in dictionaries:
        nouns |= _capitalised(raw.decode("utf-8", "replace"))
    if kept_in:
        dictionary_cache.keep(kept_in, digest, nouns)
    return nouns


def _apart(word: str) -> tuple[str, int]:
    first, _, last = word.partition("+")
    return stem_of(first + last), len(first)


def _may_lose_e(word: str) -> bool:
    return word.endswith("e") and len(word) >= 5


def _site(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"Die Wortliste {path} kann nicht gelesen werden: {why(error)}. "
            "Pfad in den Einstellungen prüfen."
        ) from error


def _sections(text: str) -> dict[str, set[str]]:
    """``[section]`` heads, then words; ``#`` begins a remark."""
    lists: dict[str, set[str]] = {name: set() for name in SECTIONS}
    into = lists["nouns"]
    for line in lower(text).splitlines():
        given = line.partition("#")[0].strip()
        if given.startswith("[") and given.endswith("]"):
            into = lists.get(given[1:-1], set())
        else:
            into.update(given.split())
    return lists


def _capitalised(text: str) -> set[str]:
    """Nouns of a word list: capitalised, letters alone, flags behind a slash dropped.

    Every start of a command comes here, so the list is read by one pattern and lowered as a whole.
    """
    return set(lower("\n".join(_NOUN.findall(text))).split("\n"))
