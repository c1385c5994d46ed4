"""What this room needs from the machine, for ``registratur doctor``."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from config.program_files import program_files
from ocr.compare.drawers import POPPLER, REMEDY, versions
from ocr.engines import engine, language_models
from ocr.errors import ToolMissing
from ocr.pdfa.validator import Validator

LOSS = {"eng": " (ohne dieses Modell wird § als 8 oder $ gelesen)"}
MODELS = (("deu", True), ("frk", False), ("eng", False), ("osd", True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """``needed``: without it the room does not work; else a part of it is missing."""

    name: str
    ok: bool
    version: str
    remedy: str
    needed: bool = True


def check(jars: Path) -> tuple[Tool, ...]:
    """Look for the engine, its models, Java, veraPDF's jars and poppler; starts each once."""
    return (_engine(), *_models(), _java(), _verapdf(jars), _poppler())


def _engine() -> Tool:
    try:
        version = engine.resident().version()
    except ToolMissing as error:
        return Tool(name="tesseract", ok=False, version="", remedy=str(error))
    return Tool(name="tesseract", ok=True, version=version, remedy="")


def _models() -> list[Tool]:
    try:
        folder, found = language_models.tessdata(), language_models.languages()
    except ToolMissing as error:
        return [Tool(name="Sprachmodelle", ok=False, version="", remedy=str(error))]
    return [
        Tool(
            name=f"Sprachmodell {name}",
            ok=name in found,
            version=str(folder) if name in found else "",
            remedy="" if name in found else f"apt install tesseract-ocr-{name}{LOSS.get(name, '')}",
            needed=needed,
        )
        for name, needed in MODELS
    ]


def _java() -> Tool:
    java = shutil.which("java")
    if java is None:
        return Tool(
            name="Java",
            ok=False,
            version="",
            remedy="apt install default-jre-headless (ohne Java wird PDF/A nicht geprüft)",
            needed=False,
        )
    said = subprocess.run(
        [java, "-version"], capture_output=True, text=True, timeout=30, check=False
    )
    lines = (said.stderr or said.stdout).splitlines()
    return Tool(name="Java", ok=True, version=lines[0] if lines else "", remedy="", needed=False)


def _verapdf(jars: Path) -> Tool:
    missing = Validator(jars).missing()
    found = sorted(jars.glob("validation-model-*.jar"))
    version = found[0].stem.removeprefix("validation-model-") if found else ""
    fetch = f"bash {program_files().scripts / 'fetch-verapdf'} {jars.absolute()}"
    remedy = "" if missing is None else missing if found else fetch
    return Tool(name="veraPDF", ok=missing is None, version=version, remedy=remedy, needed=False)


def _poppler() -> Tool:
    found = next((name for name in versions() if name.startswith(POPPLER)), "")
    return Tool(
        name="poppler",
        ok=bool(found),
        version=found,
        remedy=""
        if found
        else f"{REMEDY} (ohne poppler werden Lesefassungen nur einmal mit dem Original verglichen; "
        "Papier bleibt dann gesperrt)",
        needed=False,
    )
