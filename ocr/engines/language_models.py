"""The models of languages that are installed for tesseract."""

from __future__ import annotations

from pathlib import Path

from ocr.errors import ToolMissing

TESSDATA = (
    Path("/usr/share/tesseract-ocr/5/tessdata"),
    Path("/usr/share/tesseract-ocr/tessdata"),
    Path("/usr/share/tessdata"),
    Path("/usr/local/share/tessdata"),
)


def tessdata() -> Path:
    """The folder of models; raises ``ToolMissing``."""
    for folder in TESSDATA:
        if any(folder.glob("*.traineddata")):
            return folder
    raise ToolMissing(
        "Keine Sprachmodelle für die Texterkennung gefunden. "
        "Abhilfe: apt install tesseract-ocr-deu tesseract-ocr-frk tesseract-ocr-osd"
    )


def languages() -> frozenset[str]:
    """Names of the models that are installed."""
    return frozenset(model.stem for model in tessdata().glob("*.traineddata"))


def checked(language: str) -> str:
    """The languages, ``+`` between them; raises ``ToolMissing`` where a model is not there."""
    for name in language.split("+"):
        if name not in languages():
            raise ToolMissing(
                f"Das Sprachmodell „{name}“ fehlt in {tessdata()}. "
                f"Abhilfe: apt install tesseract-ocr-{name}"
            )
    return language
