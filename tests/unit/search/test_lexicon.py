"""Word lists: what is read, what a site may add, and what is said when it cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.errors import ConfigError
from search.german import compounds
from search.german.lexicon import load
from search.german.tokens import fold, normalise, tokens, words


@pytest.fixture(scope="module")
def own() -> compounds.Splitter:
    return compounds.Splitter(load(dictionaries=()))


def test_dictionaries_give_their_nouns_alone(tmp_path: Path) -> None:
    dictionary = tmp_path / "liste"
    dictionary.write_text(
        "Basalt\ngrün\nAbc\nGmbH\nÖl\nZirkon/S\nKfz-Halter\nWald12\n", encoding="utf-8"
    )
    bare, taught = load(dictionaries=()), load(dictionaries=(dictionary,))
    assert taught.nouns - bare.nouns == {"basalt", "zirkon"}
    assert taught.sources == ("words.txt", "liste")
    assert taught.fingerprint != bare.fingerprint


def test_a_dictionary_that_is_no_text_does_no_harm(tmp_path: Path) -> None:
    odd = tmp_path / "odd"
    odd.write_bytes(bytes(range(256)) * 50)
    load(dictionaries=(odd, tmp_path))


def test_a_site_list_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"woerter\.txt kann nicht gelesen werden"):
        load(site=tmp_path / "woerter.txt", dictionaries=())


def test_the_shipped_list_is_large_enough_and_sound() -> None:
    lexicon = load(dictionaries=())
    assert len(lexicon.nouns) > 700
    assert all(word.isalpha() and word == word.lower() for word in lexicon.nouns | lexicon.firsts)


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("bauamt", ("bau", "amt")),
        ("baugenehmigungsverfahren", ("bau", "genehmigung", "verfahren")),
        ("schulträger", ("schul", "träger")),  # Schule without its e
        ("ämterhäuser", ("ämter", "häuser")),
        ("wohngeldbescheide", ("wohngeld", "bescheide")),
        ("haushaltsplan", ("haushalt", "plan")),
        ("ordnungsamt", ("ordnung", "amt")),  # not Ordnung|samt
        ("verwaltung", ()),
        ("landschaft", ()),
        ("amt", ()),
        ("bau-amt", ()),
        ("b" * 100, ()),
        ("bau" * 19, ("bau",) * 19),
    ],
)
def test_parts(own: compounds.Splitter, word: str, parts: tuple[str, ...]) -> None:
    assert own.split(word) == parts


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        # short words at the end, only behind whole words
        ("flussauen", ("fluss", "auen")),
        ("parkuhr", ("park", "uhr")),
        ("speiseöle", ("speise", "öle")),
        ("altöl", ("alt", "öl")),
        ("hühnereier", ("hühner", "eier")),
        ("fischerei", ()),
        ("abfuhr", ()),
        ("beruf", ()),
        # -e dropped from a short word
        ("erdgas", ("erd", "gas")),
        ("erbschein", ("erb", "schein")),
        # forms that are those of a verb as well, and plurals by the umlaut alone
        ("festzelte", ("fest", "zelte")),
        ("bücherschränken", ("bücher", "schränken")),
        ("sitzungssäle", ("sitzung", "säle")),
        ("sandkästen", ("sand", "kästen")),
        ("geburtsorte", ("geburt", "orte")),
        # words that no rule takes apart
        ("fachlosen", ("fach", "losen")),
        ("abschiebehaft", ("abschiebe", "haft")),
        ("schadhaft", ()),
        ("wiedervorlagen", ("wieder", "vorlagen")),
        # what looks like a part and is none
        ("nachteile", ()),
        ("freitag", ()),
        ("gegenstände", ()),
        ("folgende", ()),
        ("lebenden", ()),
        ("wochenende", ("woche", "ende")),
        ("überzugehen", ()),
        ("malerinnen", ()),
        ("dachrinnen", ("dach", "rinnen")),
        ("transporte", ()),
        ("gehälter", ()),
        ("aussichtstürme", ("aussicht", "türme")),
        ("aufenthaltsorte", ("aufenthalt", "orte")),
        ("obstsorten", ("obst", "sorten")),
        ("antragsteller", ("antrag", "steller")),
        ("diebstahl", ()),
        ("notwendigkeit", ()),
        ("feststellung", ()),
        ("kriminelle", ()),
        ("pharmazeutische", ()),
        ("schreibtische", ("schreib", "tische")),
        ("direktorinnen", ()),
    ],
)
def test_parts_of_every_kind(own: compounds.Splitter, word: str, parts: tuple[str, ...]) -> None:
    assert own.split(word) == parts


def test_a_site_may_say_how_a_word_is_taken_apart(tmp_path: Path) -> None:
    site = tmp_path / "woerter.txt"
    site.write_text("[apart]\nquell+topf\n[lasts]\nley\n", encoding="utf-8")
    splitter = compounds.Splitter(load(site=site, dictionaries=()))
    assert splitter.split("quelltöpfe") == ("quell", "töpfe")
    assert splitter.split("bergley") == ("berg", "ley")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Geneh-\nmigung", ["Genehmigung"]),
        ("Geneh-  \r\n  migung läuft", ["Genehmigung", "läuft"]),
        ("Bau-\nAmt", ["Bau", "Amt"]),  # a capital begins a word of its own
        ("Straßen\u00adbau", ["Straßenbau"]),
        ("u\u0308ber", ["über"]),
        ("a_b c.d e@f 1.234,56", ["a", "b", "c", "d", "e", "f", "1", "234", "56"]),
        ("", []),
    ],
)
def test_words_of_a_text(text: str, expected: list[str]) -> None:
    assert list(words(text)) == expected
    assert [token.word for token in tokens(normalise(text))] == expected


@pytest.mark.parametrize(
    ("word", "folded"),
    [
        ("Straße", "strasse"),
        ("HÄUSER", "hauser"),
        ("Haeuser", "hauser"),
        ("Quelle", "quelle"),
        ("neue", "neue"),
        ("Bauer", "bauer"),
        ("Muell", "mull"),
        ("Café", "cafe"),
        ("ſtraſſe", "strasse"),
        ("½", "½"),
        ("§§", "§"),
        ("€", "euro"),
        ("\uff9e", ""),
    ],
)
def test_folding(word: str, folded: str) -> None:
    assert fold(word) == folded


def test_the_nouns_of_dictionaries_are_kept_and_read_again(tmp_path: Path) -> None:
    dictionary, kept = tmp_path / "liste", tmp_path / "cache"
    dictionary.write_text("Basalt\nStraßenschlucht\nÖlschiefer\n", encoding="utf-8")
    first = load(dictionaries=(dictionary,), kept_in=kept)
    assert [path.name[:8] for path in kept.iterdir()] == ["words-1-"]
    assert load(dictionaries=(dictionary,), kept_in=kept) == first
    assert first == load(dictionaries=(dictionary,))


@pytest.mark.parametrize("harm", [b"", b"0" * 64 + b"\nfalsch", b"\xff\xfe", None])
def test_kept_nouns_that_are_not_whole_are_not_believed(tmp_path: Path, harm: bytes | None) -> None:
    dictionary, kept = tmp_path / "liste", tmp_path / "cache"
    dictionary.write_text("Basalt\nÖlschiefer\n", encoding="utf-8")
    right = load(dictionaries=(dictionary,), kept_in=kept)
    (file,) = kept.iterdir()
    file.write_bytes(file.read_bytes()[:-3] if harm is None else harm)
    assert load(dictionaries=(dictionary,), kept_in=kept) == right
    assert load(dictionaries=(dictionary,), kept_in=kept) == right


def test_other_dictionaries_are_kept_anew_and_alone(tmp_path: Path) -> None:
    dictionary, kept = tmp_path / "liste", tmp_path / "cache"
    for word in ("Basalt", "Zirkon"):
        dictionary.write_text(f"{word}\n", encoding="utf-8")
        assert word.lower() in load(dictionaries=(dictionary,), kept_in=kept).nouns
    assert len(list(kept.iterdir())) == 1


def test_where_nothing_can_be_kept_the_dictionaries_are_read(tmp_path: Path) -> None:
    dictionary, kept = tmp_path / "liste", tmp_path / "cache"
    dictionary.write_text("Basalt\n", encoding="utf-8")
    kept.write_text("no folder", encoding="utf-8")
    assert "basalt" in load(dictionaries=(dictionary,), kept_in=kept).nouns
    assert "basalt" in load(dictionaries=(dictionary,), kept_in=tmp_path / "not" / "there").nouns
