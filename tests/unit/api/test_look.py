"""The pages of a running service stay those it was started with."""

from __future__ import annotations

import pytest
from jinja2 import Environment, PackageLoader, Template, TemplateNotFound

from api.web.render import make_look


def test_an_update_beside_the_service_does_not_reach_its_pages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    look = make_look("Kreis Beispiel", "http://127.0.0.1", trial=True)
    names = look.environment.list_templates()
    look.load()

    def torn(_: PackageLoader, environment: Environment, template: str) -> None:
        raise TemplateNotFound(template)

    monkeypatch.setattr(PackageLoader, "get_source", torn)
    monkeypatch.setattr(Template, "is_up_to_date", False)  # the files have changed
    assert len(names) > 20
    for name in names:
        assert look.environment.get_template(name).name == name
