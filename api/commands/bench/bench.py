"""``registratur bench``: what things cost here, in ratios of one run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.commands.bench.choices import Documents, Engine, Turning
from api.commands.common import JsonOption

GOLD = Path(__file__).resolve().parents[3] / "tests" / "assets" / "search"
LONG = {Documents.LONG: (True,), Documents.SINGLE: (False,), Documents.BOTH: (True, False)}
TURNED = {Turning.NO: (False,), Turning.YES: (True,), Turning.BOTH: (False, True)}

bench = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Messungen: was etwas hier kostet."
)


@bench.callback()
def _group() -> None:
    """Messungen: was etwas hier kostet."""


@bench.command("ocr")
def ocr(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH...", help="Bilder mit NAME.gt.txt daneben, oder Ordner."),
    ],
    rounds: Annotated[int, typer.Option(help="Durchgänge; gezählt wird die Mitte.", min=1)] = 3,
    most: Annotated[
        int | None, typer.Option(help="Höchstens so viele Seiten, gleichmäßig verteilt.", min=1)
    ] = None,
    documents: Annotated[
        Documents, typer.Option(help="Alle Seiten als ein PDF, jede für sich, oder beides.")
    ] = Documents.BOTH,
    turning: Annotated[
        Turning, typer.Option(help="Drehen und Geraderücken auf beiden Seiten.")
    ] = Turning.BOTH,
    once: Annotated[
        bool,
        typer.Option("--once", help="Jede Seite einmal lesen; der zweite Blick steht daneben."),
    ] = False,
    no_validate: Annotated[bool, typer.Option("--no-validate", help="Ohne veraPDF.")] = False,
    beside: Annotated[
        bool, typer.Option(help="Auch messen, was weggelassen wurde: zweiter Blick, veraPDF.")
    ] = True,
    as_json: JsonOption = False,
) -> None:
    """Texterkennung gegen ocrmypdf und tesseract: CPU-Sekunden und Güte."""
    from api.commands.bench.recognition import run

    run(
        paths,
        rounds=rounds,
        most=most,
        long=LONG[documents],
        turned=TURNED[turning],
        once=once,
        no_validate=no_validate,
        beside=beside,
        as_json=as_json,
    )


@bench.command("search")
def search(
    quality: Annotated[
        bool, typer.Option("--quality", help="Statt der Zeiten: Treffer und Fehltreffer.")
    ] = False,
    pages: Annotated[
        list[int] | None,
        typer.Option(help="Künstliche Seiten; mehrmals = mehrere Größen.", min=100),
    ] = None,
    engine: Annotated[
        Engine | None, typer.Option(help="Nur diese (--quality: beide, sofern --url).")
    ] = None,
    url: Annotated[
        str,
        typer.Option(help="Elasticsearch.", envvar="REGISTRATUR_TEST_ELASTICSEARCH"),
    ] = "",
    folder: Annotated[Path | None, typer.Option(help="Wo der Index liegen soll.")] = None,
    gold: Annotated[Path, typer.Option(help="Ordner der Wortpaare.")] = GOLD,
    as_json: JsonOption = False,
) -> None:
    """Suche: Güte über die Wortpaare, oder Kosten des Indexierens und Suchens."""
    from api.commands.bench.searching import run

    run(
        quality=quality,
        pages=pages,
        engine=engine,
        url=url,
        folder=folder,
        gold=gold,
        as_json=as_json,
    )


@bench.command("signatures")
def signatures(
    paths: Annotated[list[Path] | None, typer.Argument(help="Signierte PDF-Dateien.")] = None,
    trust: Annotated[Path | None, typer.Option(help="Ordner mit Vertrauenslisten.")] = None,
    rounds: Annotated[int, typer.Option(help="Durchgänge; gezählt wird die Mitte.", min=1)] = 21,
    large: Annotated[
        bool, typer.Option("--large", help="Auch eine signierte PDF von 100 MB, mit Speicher.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Signaturprüfung gegen pyHankos eigenen Aufruf; große Datei mit Speicherbedarf."""
    from api.commands.bench.validation import run

    run(paths, trust=trust, rounds=rounds, large=large, as_json=as_json)


@bench.command("road")
def road(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PATH...", help="Bilder einseitiger Briefe, jedes anders."),
    ] = None,
    letters: Annotated[int, typer.Option(help="Sonst so viele künstliche Briefe.", min=1)] = 40,
    turns: Annotated[
        int, typer.Option(help="In so vielen Teilen abwechselnd mit tesseract.", min=1)
    ] = 4,
    as_json: JsonOption = False,
) -> None:
    """Der ganze Weg eines Briefs in die Akte gegen tesseract allein: CPU-Sekunden, Anweisungen."""
    from api.commands.bench.whole_road import run

    run(tuple(paths or ()), letters=letters, turns=turns, as_json=as_json)


@bench.command("archive")
def archive(
    documents: Annotated[int, typer.Option(help="So viele Dokumente.", min=100)] = 20_000,
    keep: Annotated[
        Path | None, typer.Option(help="Den gefüllten Datenordner hier behalten.")
    ] = None,
    users: Annotated[int, typer.Option(help="Benutzer außer denen des Musters.", min=1)] = 1_500,
    objects: Annotated[
        bool, typer.Option("--objects", help="Alle Dokumente teilen wenige gespeicherte Dateien.")
    ] = False,
    growth: Annotated[
        bool, typer.Option(help="Auch ein Fünftel davon messen und das Wachstum nennen.")
    ] = True,
    everything: Annotated[
        bool, typer.Option("--everything", help="Auch was über alles geht: status, verify --all.")
    ] = False,
    database: Annotated[
        str | None, typer.Option(help="Adresse einer leeren Datenbank statt SQLite; eine Größe.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Ein Archiv dieser Größe: was jede Seite, jeder Aufruf, Start und Befehle kosten."""
    from api.commands.bench.archive.growth import run

    run(
        documents=documents,
        keep=keep,
        users=users,
        objects=objects,
        growth=growth,
        everything=everything,
        database=database,
        as_json=as_json,
    )


@bench.command("intake")
def intake(
    files: Annotated[
        int, typer.Option(help="So viele kleine Dateien auf einmal in den Altakten.", min=1)
    ] = 1_000,
    letters: Annotated[
        int, typer.Option(help="So viele Briefe der Poststelle, alle 4 s einer.", min=1)
    ] = 15,
    patience: Annotated[
        float, typer.Option(help="So viele Sekunden wird höchstens gemessen.", min=1)
    ] = 900.0,
    as_json: JsonOption = False,
) -> None:
    """Viele Dateien auf einmal: wie schnell sie verwahrt sind, und was Briefe dabei warten."""
    from api.commands.bench.intake import run

    run(files=files, letters_wanted=letters, patience=patience, as_json=as_json)


@bench.command("live")
def live(
    listeners: Annotated[int, typer.Option(help="Offene Eingangslisten.", min=1)] = 500,
    uploads: Annotated[float, typer.Option(help="Dateien je Sekunde.", min=0.1)] = 3.0,
    seconds: Annotated[float, typer.Option(help="Dauer jeder Messung.", min=1.0)] = 20.0,
    documents: Annotated[int, typer.Option(help="Größe des Archivs.", min=100)] = 2_000,
    as_json: JsonOption = False,
) -> None:
    """Zuhörer: was offene Eingangslisten kosten, während Dateien ankommen."""
    from api.commands.bench.live_listeners import run

    run(
        listeners=listeners,
        uploads=uploads,
        seconds=seconds,
        documents=documents,
        as_json=as_json,
    )


@bench.command("pages")
def pages(
    readers: Annotated[int, typer.Option(help="Lesende zugleich.", min=1)] = 50,
    pictures: Annotated[int, typer.Option(help="So viele frische Bilder.", min=10)] = 300,
    width: Annotated[int, typer.Option(help="Bildpunkte in der Breite.", min=100)] = 1240,
    as_json: JsonOption = False,
) -> None:
    """Seitenbilder für viele Lesende: wie viele je Sekunde, frisch und aus dem Speicher."""
    from api.commands.bench.page_pictures import run

    run(readers=readers, pictures=pictures, width=width, as_json=as_json)


@bench.command("verify")
def verify(
    documents: Annotated[int, typer.Option(help="So viele Dokumente.", min=100)] = 20_000,
    keep: Annotated[
        Path | None, typer.Option(help="Den gefüllten Datenordner hier behalten.")
    ] = None,
    rounds: Annotated[int, typer.Option(help="Durchgänge.", min=1)] = 2,
    as_json: JsonOption = False,
) -> None:
    """Prüfung des ganzen Bestands, abwechselnd mit bloßem SHA-256 über dieselben Bytes."""
    from api.commands.bench.verification import run

    run(documents=documents, keep=keep, rounds=rounds, as_json=as_json)
