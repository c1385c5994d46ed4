"""Settings: one frozen tree, read once. Defaults < ``registratur.toml`` < environment.

An unknown key is an error that names it and the nearest right one. The reference page
(docs/reference/settings.md) is made from this module: the description of a field is its help.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from config.errors import ConfigError
from config.settings_source import Keys, Source, explain, printable, read_environment, read_file


class Section(BaseModel):
    """A frozen group of settings; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class County(Section):
    name: str = Field(
        "Kreis Beispiel", description="Name der Verwaltung, auf Seiten und Vermerken."
    )
    unit: str = Field("Poststelle", description="Stelle, die erfasst; steht im Transfervermerk.")
    place: str = Field("Beispielstadt", description="Ort der Erfassung; steht im Transfervermerk.")
    sample: bool = Field(
        False, description="Musterkreis: jede Seite und `doctor` sagen „Probebetrieb“."
    )


class Database(Section):
    url: str = Field(
        "",
        description="SQLAlchemy-Adresse der Datenbank; leer = SQLite-Datei im Datenordner. "
        "PostgreSQL: postgresql+psycopg://…",
    )


class Objects(Section):
    url: str = Field("", description="Ordner des Objektspeichers; leer = `objects` im Datenordner.")


class Search(Section):
    engine: Literal["tantivy", "elasticsearch"] = Field(
        "tantivy", description="Suchmaschine: eingebettet oder verteilt."
    )
    url: str = Field("", description="Adresse von Elasticsearch; bei tantivy leer.")
    prefix: str = Field(
        "registratur", description="Anfang der Namen aller Indizes in Elasticsearch."
    )


class Malware(Section):
    socket: str = Field(
        "",
        description="Socket von clamd. Leer = nur eigene Prüfung auf aktive Inhalte; das steht dann "
        "als Hinweis am Dokument. Gesetzt und nicht erreichbar = warten, nie durchlassen.",
    )


class Web(Section):
    host: str = Field("127.0.0.1", description="Adresse, an der der Dienst hört.")
    port: int = Field(
        8420, description="Port der Oberfläche und der HTTP-Schnittstelle.", ge=0, le=65535
    )
    public_url: str = Field(
        "", description="Adresse, unter der Nutzer den Dienst sehen; leer = http://host:port."
    )
    plain_http: bool = Field(
        False, description="Ohne TLS an einer anderen als der eigenen Adresse hören (nicht tun)."
    )
    open_metrics: bool = Field(
        False,
        description="`/metrics` zeigt die Zähler der Anfragen auch ohne Zugriffstoken. Mengen aus dem "
        "Archiv zeigt es immer nur der Administration und der Revision.",
    )
    connections: int = Field(
        2000,
        description="Meiste Verbindungen zugleich; weniger, wo Dateideskriptoren fehlen.",
        ge=1,
    )
    connections_per_address: int = Field(
        200, description="Meiste Verbindungen von einer Adresse, die kein Proxy ist.", ge=1
    )
    proxies: tuple[str, ...] = Field(
        ("127.0.0.1", "::1"),
        description="Adressen vorgeschalteter Proxys; die Grenze je Adresse gilt nicht für sie.",
    )
    header_seconds: float = Field(
        10.0, description="So lange darf der Kopf einer Anfrage auf sich warten lassen.", gt=0
    )
    body_seconds: float = Field(
        30.0,
        description="So lange darf der Inhalt einer Anfrage stocken.",
        gt=0,
    )
    session_minutes: int = Field(30, description="Abmeldung nach so vielen Minuten Ruhe.", ge=1)
    session_hours: int = Field(10, description="Längste Dauer einer Sitzung in Stunden.", ge=1)
    link_hours: int = Field(24, description="Gültigkeit eines Einmal-Links in Stunden.", ge=1)


class Intake(Section):
    settle_seconds: float = Field(
        1.0, description="So lange müssen Größe und Zeit einer Datei ruhen.", ge=0.1
    )
    rescan_seconds: float = Field(
        5.0, description="Abstand der vollständigen Durchsicht der Eingangsordner.", ge=0.2
    )
    foreign_seconds: float = Field(
        20.0,
        description="So lange muss eine Datei ruhen, von der niemand sagen kann, ob sie noch "
        "geschrieben wird: anderer Eigentümer als der Dienst, oder eine Freigabe (SMB, NFS).",
        ge=0.1,
    )
    unfinished_seconds: float = Field(
        60.0,
        description="So lange muss eine leere Datei ruhen, oder eine, deren Ende noch fehlt; danach "
        "wird sie übernommen, wie sie ist.",
        ge=0.1,
    )
    keep_seconds: float = Field(
        60.0,
        description="So lange bleibt eine übernommene Datei nach der Verwahrung noch liegen; wird sie "
        "bis dahin weitergeschrieben, ist der spätere Stand ein eigener Eingang.",
        ge=0,
    )
    doubtful_seconds: float = Field(
        600.0,
        description="Nach so langer Ruhe wird gezeigt, was nicht gelesen wird und doch Post sein "
        "könnte: unvollständige Kopien, verborgene Namen, Papierkörbe, Dateien ohne Marke.",
        ge=0.1,
    )
    polling: bool = Field(
        False, description="Ordner ohne inotify (SMB, NFS): abfragen statt benachrichtigt werden."
    )


class Limits(Section):
    file_bytes: int = Field(
        2 * 2**30, description="Größte angenommene Datei in Byte; größere werden angehalten.", ge=1
    )
    pages: int = Field(10_000, description="Meiste Seiten eines Dokuments.", ge=1)
    page_pixels: int = Field(
        500_000_000, description="Meiste Bildpunkte einer Seite; darüber wird angehalten.", ge=1
    )


class Work(Section):
    documents: int = Field(2, description="Dokumente, die zugleich auf dem Weg sind.", ge=1)
    processes: int = Field(2, description="Prozesse für Erkennung und Prüfung.", ge=1)
    memory_mib: int = Field(2048, description="Speichergrenze eines solchen Prozesses.", ge=256)
    quick_seconds: float = Field(
        30.0,
        description="Rechenzeit, nach der ein Vorgang zu den langen kommt, die niemanden aufhalten.",
        ge=1,
    )
    file_seconds: float = Field(
        1800.0,
        description="Meiste Rechenzeit für eine Datei über alle Schritte; dazu kommt `mib_seconds` je "
        "MiB. Darüber wird angehalten.",
        ge=1,
    )
    mib_seconds: float = Field(
        60.0, description="Weitere Rechenzeit je MiB der Datei über alle Schritte.", ge=0
    )
    page_seconds: float = Field(
        180.0, description="Meiste Rechenzeit für eine Seite; Warten zählt nicht.", ge=1
    )


class Ocr(Section):
    verapdf: str = Field(
        "",
        description="Ordner der veraPDF-Bibliothek; leer = der des Programms (docs/how-to/installation.md).",
    )


class Signing(Section):
    trust: str = Field(
        "", description="Ordner der Vertrauenslisten und Anker; leer = `trust` im Datenordner."
    )


class TrustLists(Section):
    """Fetching trusted lists; nothing else of the signatures ever uses the network."""

    refresh: bool = Field(
        False, description="`registratur trust refresh` darf Vertrauenslisten aus dem Netz holen."
    )
    url: str = Field(
        "https://ec.europa.eu/tools/lotl/eu-lotl.xml",
        description="Adresse der Liste der Vertrauenslisten (LOTL).",
    )
    hosts: tuple[str, ...] = Field(
        ("ec.europa.eu", "tl.bundesnetzagentur.de"),
        description="Nur von diesen Rechnern wird geholt, auch bei Weiterleitungen.",
    )
    territories: tuple[str, ...] = Field(
        ("DE",), description="Länder, deren Listen geholt werden; leer = alle."
    )
    proxy: str = Field("", description="Zwischenrechner (http://rechner:port); leer = keiner.")
    seconds: float = Field(30.0, description="Längste Dauer einer Übertragung.", gt=0)
    most_mib: int = Field(32, description="Größte Liste in MiB.", ge=1, le=512)


class Seal(Section):
    pkcs12: str = Field(
        "", description="Siegelschlüssel (PKCS#12); leer = Testsiegel im Datenordner."
    )
    passphrase_file: str = Field(
        "", description="Datei mit dem Kennwort des Siegelschlüssels (Rechte 0600)."
    )


class Evidence(Section):
    anchor: str = Field(
        "",
        description="Ordner der Anker des Protokolls; leer = `anchors` im Datenordner. Am besten ein "
        "Ort, an den die Datenbank nicht schreiben und an dem niemand etwas ändern kann.",
    )


class Rights(Section):
    """What becomes of a right that an administrator gives to somebody."""

    second_person: bool = Field(
        True,
        description="Rollen, Anmeldelinks für andere und Mitgliedschaft in verschlossenen Bereichen "
        "gelten erst, wenn eine zweite Verwaltungsperson sie bestätigt, sobald es zwei gibt. "
        "Sonst gelten sie sofort; gemeldet und nachträglich geprüft werden sie immer.",
    )
    request_days: int = Field(
        14, description="Nach so vielen Tagen verfällt ein unbestätigter Antrag.", ge=1, le=366
    )


class Log(Section):
    level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Ab welcher Stufe protokolliert wird."
    )
    json_lines: bool = Field(False, description="Protokoll als JSON-Zeilen statt lesbar.")


class Stream(Section):
    """One way in: a hot folder and what is known of all that lies in it."""

    folder: str = Field(description="Eingangsordner, unter dem Datenordner oder absolut.")
    department: str = Field(description="Abteilung, in deren Akten abgelegt wird.")
    compartment: str | None = Field(None, description="Geschlossener Bereich, falls einer.")
    title: str = Field("", description="Name des Stroms auf den Seiten.")
    priority: int = Field(1, description="0 geht vor 1.", ge=0, le=9)
    document_class: str | None = Field(None, description="Dokumentart, falls für alle dieselbe.")
    plan_unit: str = Field("", description="Aktenplaneinheit, in die abgelegt wird.")
    languages: tuple[str, ...] = Field(("deu",), description="Sprachen der Texterkennung.")
    fraktur: bool = Field(False, description="Überwiegend Frakturschrift.")
    may_rotate: bool = Field(False, description="Seiten dürfen in der Ablage gedreht werden.")
    may_deskew: bool = Field(False, description="Seiten dürfen in der Ablage geradegerückt werden.")
    procedure: str = Field("standard", description="Verfahren (Abschnitt procedures).")
    person: str | None = Field(
        None, description="Person im Dienst (auflösbares Pseudonym); ohne sie wird angehalten."
    )
    origin: Literal["paper", "digital"] | None = Field(
        None, description="Herkunft; leer = nach dem Inhalt der Datei."
    )
    subfolders: bool = Field(True, description="Unterordner werden mit durchgesehen.")
    done_marker: bool = Field(
        False, description="Eine Datei gilt erst mit daneben liegender `NAME.done` als vollständig."
    )
    claims: str = Field(
        "",
        description="Ordner für Übernommenes, dem Dienst allein; nur nötig, wenn der Eingangsordner "
        "auf einem anderen Dateisystem liegt als der Datenordner, und dann auf demselben.",
    )
    device: str = Field("", description="Scanner: Inventarnummer, Modell.")
    workstation: str = Field("", description="Arbeitsplatz: Inventarnummer oder Rechner.")


class Procedure(Section):
    title: str = Field("Ersetzendes Scannen", description="Bezeichnung der Verfahrensanweisung.")
    variant: str = Field("Standard", description="Ausprägung.")
    version: str = Field("1", description="Fassung.")
    released_on: str = Field("", description="Freigabe (JJJJ-MM-TT).")
    protection_need: Literal["NORMAL", "HIGH", "VERY_HIGH"] = Field(
        "NORMAL", description="Schutzbedarf der Integrität."
    )
    qa: Literal["by_case_handling", "before_seal"] = Field(
        "by_case_handling", description="Qualitätssicherung durch die Sachbearbeitung oder vorher."
    )
    filing_threshold: float = Field(
        0.9,
        description="So sicher (0 bis 1) muss ein im Text genanntes Aktenzeichen sein, damit dort "
        "abgelegt wird; darunter ist es ein Vorschlag.",
        ge=0.5,
        le=1,
    )


class Settings(Section):
    """All settings; ``home`` is where relative paths start."""

    home: Path = Field(Path("var"), exclude=True)
    county: County = County()
    database: Database = Database()
    objects: Objects = Objects()
    search: Search = Search()
    malware: Malware = Malware()
    web: Web = Web()
    intake: Intake = Intake()
    limits: Limits = Limits()
    work: Work = Work()
    ocr: Ocr = Ocr()
    signing: Signing = Signing()
    trust_lists: TrustLists = TrustLists()
    seal: Seal = Seal()
    evidence: Evidence = Evidence()
    rights: Rights = Rights()
    log: Log = Log()
    streams: dict[str, Stream] = Field(default_factory=dict)
    procedures: dict[str, Procedure] = Field(default_factory=dict)

    def at_home(self, path: str, default: str) -> Path:
        """A path of the settings: as given when absolute, else below the home."""
        return self.home / (path or default)

    @property
    def database_url(self) -> str:
        return self.database.url or f"sqlite:///{(self.home / 'registratur.db').absolute()}"

    @property
    def public_url(self) -> str:
        host = f"[{self.web.host}]" if ":" in self.web.host else self.web.host
        return self.web.public_url or f"http://{host}:{self.web.port}"


NAMED: dict[str, type[Section]] = {"streams": Stream, "procedures": Procedure}


def load(
    home: Path, *, file: Path | None = None, environment: Mapping[str, str] = os.environ
) -> Settings:
    """Read the settings of ``home``.

    Raises:
        ConfigError: the file cannot be read, or a key is unknown, missing or of a wrong kind.
    """
    source = Source(file or home / "registratur.toml")
    read_file(source, required=file is not None)
    read_environment(source, environment, _is_text)
    if "home" in source.tree:
        raise ConfigError(
            printable(
                f"{source.origin(('home',))}: unbekannte Einstellung home. "
                "Den Datenordner nennt REGISTRATUR_HOME."
            )
        )
    try:
        settings = Settings(home=home, **source.tree)
    except ValidationError as error:
        raise ConfigError("\n".join(explain(error, source, known_names))) from error
    _check_references(settings, source)
    return settings


def _section(keys: Keys) -> type[BaseModel] | None:
    """The section at ``keys``, or None where none is known."""
    model: type[BaseModel] = Settings
    rest = list(keys)
    while rest:
        part = rest.pop(0)
        if model is Settings and part in NAMED:
            if rest:
                rest.pop(0)
            model = NAMED[part]
            continue
        found = model.model_fields.get(part)
        kind = found.annotation if found else None
        if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
            return None
        model = kind
    return model


def _is_text(keys: Keys) -> bool:
    """Whether the setting at ``keys`` takes a text."""
    section = _section(keys[:-1])
    field = section.model_fields.get(keys[-1]) if section else None
    if field is None or (section is Settings and keys[-1] in NAMED):
        return False
    kinds = get_args(field.annotation) or (field.annotation,)
    return all(kind in (str, type(None)) or isinstance(kind, str) for kind in kinds)


def known_names(keys: Keys) -> list[str]:
    """The names that may stand at ``keys`` (for hints and the reference page)."""
    section = _section(keys)
    return [name for name in section.model_fields if name != "home"] if section else []


def _check_references(settings: Settings, source: Source) -> None:
    for name, stream in settings.streams.items():
        if stream.procedure not in settings.procedures:
            keys = ("streams", name, "procedure")
            raise ConfigError(
                printable(
                    f"{source.origin(keys)}: {'.'.join(keys)} nennt „{stream.procedure}“; "
                    f"unter procedures gibt es: {', '.join(settings.procedures) or 'nichts'}."
                )
            )
