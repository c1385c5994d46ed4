"""A few synthetic letters for the sample's hot folder."""

from __future__ import annotations

import tempfile
from pathlib import Path

from config.settings import Settings
from ocr.synthetic_letters import Letter, page, save_image, save_pdf, separator

BUILDING = Letter(
    sender="Architekturbüro Musterhaus",
    place="Beispielweg 4 · 24999 Beispielstadt",
    date="12.11.2026",
    subject="Bauantrag: Anbau eines Wintergartens, Flurstück 12/4",
    body=(
        "Sehr geehrte Damen und Herren,",
        (
            "für das Grundstück Am Mühlenteich 7 beantragen wir die Baugenehmigung für den Anbau "
            "eines Wintergartens an das bestehende Einfamilienhaus. Die Bauzeichnungen, der Lageplan "
            "und die Berechnung der Grundflächenzahl liegen bei."
        ),
        (
            "Die Abstandsflächen nach der Landesbauordnung werden eingehalten. Die Zustimmung der "
            "Nachbarn liegt schriftlich vor."
        ),
        "Mit freundlichen Grüßen",
        "i. A. Beispiel",
    ),
)
OBJECTION = Letter(
    sender="Familie Beispielmann",
    place="Lindenallee 18 · 24999 Beispielstadt",
    date="16.11.2026",
    subject="Widerspruch gegen den Gebührenbescheid 63-12/2026-0815",
    body=(
        "Sehr geehrte Damen und Herren,",
        (
            "gegen den Gebührenbescheid vom 2. November 2026 lege ich Widerspruch ein. Die berechnete "
            "Rohbausumme weicht erheblich von der im Kostenvoranschlag genannten Summe ab."
        ),
        "Ich bitte um Überprüfung und um Aussetzung der Vollziehung bis zur Entscheidung.",
        "Mit freundlichen Grüßen",
        "M. Beispielmann",
    ),
)
HERITAGE = Letter(
    sender="Untere Denkmalschutzbehörde",
    place="Rathausplatz 1 · 24999 Beispielstadt",
    date="18.11.2026",
    subject="Stellungnahme zur Fassadensanierung der Alten Wassermühle",
    body=(
        "Sehr geehrte Kolleginnen und Kollegen,",
        (
            "gegen die Sanierung der Fassade bestehen aus denkmalfachlicher Sicht keine Bedenken, wenn "
            "die vorhandenen Sprossenfenster erhalten und der Kalkputz handwerklich erneuert wird."
        ),
        "Auf die denkmalrechtliche Genehmigung vom 3. März 2025 wird verwiesen.",
        "Mit freundlichen Grüßen",
        "Beispiel, Denkmalpflege",
    ),
)
ACCESS = Letter(
    sender="Rechtsanwaltskanzlei Muster & Partner",
    place="Hafenstraße 3 · 24999 Beispielstadt",
    date="19.11.2026",
    subject="Akteneinsicht in das Verfahren Am Mühlenteich 7",
    body=(
        "Sehr geehrte Damen und Herren,",
        (
            "unter Vorlage der Vollmacht beantragen wir Akteneinsicht nach § 29 VwVfG in die Bauakte "
            "des oben genannten Grundstücks."
        ),
        "Mit freundlichen kollegialen Grüßen",
        "Muster, Rechtsanwalt",
    ),
)
PASSWORD = "beispiel"


def drop(settings: Settings) -> tuple[str, ...]:
    """Write the letters beside the folder and move each in whole, as a scanner should."""
    folder = settings.home / settings.streams["mailroom"].folder
    with tempfile.TemporaryDirectory(dir=folder.parent) as name:
        room = Path(name)
        save_pdf([page(BUILDING, seed=1)], room / "scan_0001_bauantrag.pdf")
        save_image(page(OBJECTION, seed=2), room / "scan_0002_widerspruch.jpg")
        save_pdf(
            [page(HERITAGE, seed=3), separator(), page(ACCESS, seed=4)],
            room / "scan_0003_stapel.pdf",
        )
        save_pdf([page(ACCESS, seed=5)], room / "scan_0004_verschluesselt.pdf", password=PASSWORD)
        made = sorted(room.iterdir())
        for path in made:
            path.rename(folder / path.name)
    return tuple(path.name for path in made)
