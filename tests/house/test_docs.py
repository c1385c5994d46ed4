"""What is documented is so: made pages are current, links lead somewhere, every command has a page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from api.reference import FOLDER, commands_page, settings_page

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")


def test_the_settings_reference_is_current() -> None:
    assert (FOLDER / "settings.md").read_text(encoding="utf-8") == settings_page(), "make docs"


def test_the_command_reference_is_current() -> None:
    assert (FOLDER / "commands.md").read_text(encoding="utf-8") == commands_page(), "make docs"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page}: {target}"


def test_every_page_can_be_reached_from_the_index() -> None:
    reached: set[Path] = set()
    waiting = [ROOT / "README.md", ROOT / "docs" / "index.md"]
    while waiting:
        page = waiting.pop()
        if page in reached:
            continue
        reached.add(page)
        for target in LINK.findall(page.read_text(encoding="utf-8")):
            if "://" not in target and target.endswith(".md"):
                waiting.append((page.parent / target).resolve())
    assert not set(PAGES) - reached
