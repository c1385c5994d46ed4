"""``registratur ocr``: one file to a searchable PDF/A, without any archive."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from api.commands.common import JsonOption, say, tell
from config.errors import UsageError


def ocr(
    source: Annotated[Path, typer.Argument(metavar="IN")],
    target: Annotated[Path, typer.Argument(metavar="OUT")],
    lang: Annotated[str, typer.Option(help="Sprachen, mit + verbunden.")] = "deu",
    rotate: Annotated[bool, typer.Option("--rotate", help="Seiten aufrecht stellen.")] = False,
    deskew: Annotated[bool, typer.Option("--deskew", help="Seiten geraderücken.")] = False,
    once: Annotated[bool, typer.Option("--once", help="Jede Seite nur einmal lesen.")] = False,
    no_validate: Annotated[bool, typer.Option("--no-validate", help="Ohne veraPDF.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Text erkennen und ein durchsuchbares PDF/A schreiben."""
    if not source.is_file():
        raise UsageError(f"{source} gibt es nicht.")
    from api.wiring import PRELOAD
    from api.wiring_reading import program_verapdf
    from config import logs
    from config.isolation import Workshop
    from ocr.pdfa.pdfa import PdfaWriter
    from ocr.pdfa.validator import Validator
    from ocr.recognition.recogniser import Recogniser, ScanProfile

    logs.set_up("error", json_lines=False)
    profile = ScanProfile(
        languages=tuple(lang.split("+")), may_rotate=rotate, may_deskew=deskew, second_look=not once
    )
    begin = time.monotonic()
    validator = None if no_validate else Validator(program_verapdf())
    with Workshop(size=2, preload=PRELOAD[:2]) as workshop:
        read = Recogniser(workshop).recognise(source, profile, subject=source.name)
        made = PdfaWriter(workshop, validator).write(
            source, read, target, profile=profile, title=None, subject=source.name
        )
    if validator is not None:
        validator.close()
    findings = [*read.findings(), *made.findings]
    if as_json:
        say(
            {
                "source": str(source), "target": str(target), "pages": len(read.pages),
                "flavour": made.flavour, "verdict": made.verdict, "steps": list(made.steps),
                "confidence": [round(page.confidence, 1) for page in read.pages],
                "findings": [{"code": f.code, "text": f.text, "page": f.page} for f in findings],
                "seconds": round(time.monotonic() - begin, 2),
            }
        )  # fmt: skip
    else:
        tell(f"{len(read.pages)} Seiten → {target} (PDF/A-{made.flavour}: {made.verdict})")
        for found in findings:
            tell(f"  {found.text}")
    if made.verdict == "non-compliant":
        sys.exit(1)
