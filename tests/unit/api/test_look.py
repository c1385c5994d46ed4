"""The pages of a running service stay those it was started with."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.web.rendering import render
from api.web.rendering.render import make_look


def test_an_update_beside_the_service_does_not_reach_its_pages(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    look = make_look("Kreis Beispiel", "http://127.0.0.1", trial=True)
    names = look.environment.list_templates()
    monkeypatch.setattr(render, "TEMPLATES", tmp_path)  # the files have gone

    def torn(self: Path, *_: object, **__: object) -> str:
        raise FileNotFoundError(self)

    monkeypatch.setattr(Path, "read_text", torn)
    assert len(names) > 20
    for name in names:
        assert look.environment.get_template(name).name == name
    assert "parts.html" in names


def test_what_pages_share_is_compiled_with_the_first_page_that_asks_for_it() -> None:
    look = make_look("Kreis Beispiel", "http://127.0.0.1", trial=True)
    parts = look.environment.globals["parts"]
    assert look.environment.cache is not None and not len(look.environment.cache)
    shared = [
        name for name in dir(look.environment.get_template("parts.html").module) if name[0] != "_"
    ]
    assert shared and all(callable(getattr(parts, name)) for name in shared)


@pytest.mark.parametrize("there", [True, False])
def test_a_page_whose_design_is_missing_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, there: bool
) -> None:
    stamp = tmp_path / "STAMP"
    if there:
        stamp.write_text("x")
    monkeypatch.setattr(render, "VENDOR_STAMP", stamp)
    look = make_look("Kreis Beispiel", "http://127.0.0.1", trial=False)
    page = look.environment.get_template("problem.html").render(
        look=look, title="t", detail="d", back=None, path="/", me=None, counts={}, afresh=False
    )
    assert ("Die Web-Dateien fehlen" in page and "registratur doctor" in page) is not there
