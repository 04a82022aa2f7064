"""What the kit's own documents say is true."""

import re
from pathlib import Path

import pytest

from docs.questionnaire import REFERENCE, reference
from tests.conftest import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_questionnaire_reference_is_current() -> None:
    assert REFERENCE.read_text() == reference(), "run: make picture"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?://)([^)#]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("package", ["copier", "copier-template-extensions"])
def test_every_place_pins_the_same_version(package: str) -> None:
    """What the README and a service's Makefile run is what the tests ran."""
    pages = ["README.md", "docs/how-to/update.md", "template/{{ layer.service }}/Makefile.jinja"]
    pin = re.compile(rf"(?<![\w-]){package}(?:==|@)([\d.]*\d)")
    places = [*pages, "requirements/render.in"]
    assert len({version for place in places for version in pin.findall((ROOT / place).read_text())}) == 1
    assert all(pin.search((ROOT / place).read_text()) for place in places)
