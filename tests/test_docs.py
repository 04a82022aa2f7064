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
