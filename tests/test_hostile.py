"""Whatever a person types gets the rule's sentence, or a tree in which all files parse and the text is unchanged."""

import json
import re
import shutil
import tempfile
import tomllib
from collections.abc import Callable
from pathlib import Path

import hcl2
import pytest
import yaml
from copier import run_copy
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from extensions import validation
from tests import conftest
from tests.conftest import ROOT
from tests.test_quoting import NASTY
from tests.test_tree import files_of, parse

FREE_TEXT = [
    name
    for name, question in yaml.safe_load((ROOT / "copier.yml").read_text()).items()
    if not name.startswith("_") and question["type"] == "str" and "choices" not in question
]
PIECES = st.sampled_from(
    [
        *NASTY,
        '"',
        "'",
        "\\",
        "${x}",
        "$${",
        "%{if}",
        "%%{",
        "{{ x }}",
        "{% raw %}",
        "{#",
        "`",
        "$(id)",
        "\n",
        "\t",
        "👩‍👩‍👧",
        "#",
        ": ",
    ]
)
HOSTILE = st.one_of(
    st.lists(st.one_of(PIECES, st.text(max_size=8)), min_size=1, max_size=8).map("".join),
    st.text(max_size=40),
    PIECES.map(lambda piece: (piece * 500)[:500]),
    st.just("x" * 500),
)


# Where a text lands, and how it is read back there, in the file's own language.
DESCRIPTION_READERS: dict[str, Callable[[str], str]] = {
    "README.md": lambda text: _markdown(text.split("\n\n")[1]),
    "app/Cargo.toml": lambda text: str(tomllib.loads(text)["package"]["description"]),
    "app/Dockerfile": lambda text: _literal(text, r'image\.description="((?:\\.|[^"\\])*)"'),
    "migrations/sql/000001_items.up.sql": lambda text: _sql(text.split(" IS ", 1)[1].split(";\n\n")[0]),
}
OWNER_READERS: dict[str, Callable[[str], str]] = {
    "README.md": lambda text: _markdown(text.split("\n\n")[2].split(" · ")[0]).removeprefix("Owner: "),
    "infra/common.auto.tfvars": lambda text: str(json.loads(hcl2.loads(text)["owner"])),
}


def _markdown(paragraph: str) -> str:
    return "".join(token.content for token in MarkdownIt().parse(paragraph)[1].children or [])


def _literal(text: str, pattern: str) -> str:
    """The text of a literal in which a backslash makes the next character plain."""
    found = re.search(pattern, text)
    assert found, text
    return re.sub(r"\\(.)", r"\1", found[1])


def _sql(literal: str) -> str:
    """A string constant, with the escapes that an E in front of it allows."""
    escapes = literal.startswith("E")
    assert re.fullmatch(r"E'(?:[^'\\]|''|\\\\)*'" if escapes else r"'(?:[^']|'')*'", literal), literal
    plain = literal.removeprefix("E")[1:-1].replace("''", "'")
    return plain.replace("\\\\", "\\") if escapes else plain


def expected_refusal(question: str, text: str) -> str:
    """The sentence of the rule for a question, or nothing."""
    rules: dict[str, Callable[[str], str]] = {
        "project_name": validation.refuse_bad_project_name,
        "description": lambda answer: validation.refuse_bad_text(answer, 300),
        "owner": lambda answer: validation.refuse_bad_tag(answer, 100),
        "git_host": validation.refuse_bad_host_name,
        "git_path": validation.refuse_bad_git_path,
        "platform_name": validation.refuse_bad_platform_name,
        "aws_account_id": validation.refuse_bad_account_id,
        "aws_region": validation.refuse_bad_region,
        "environments": validation.refuse_bad_environments,
        "host_name": lambda answer: validation.refuse_bad_host_name(answer, 50),
    }
    return rules[question](text)


def test_every_free_text_question_is_tried() -> None:
    assert all(expected_refusal(question, "\n") for question in FREE_TEXT)


class Renderer:
    """Renders with one answer changed, and parses only files that no rendering before had."""

    def __init__(self, template: Path) -> None:
        self.template = template
        self.parsed: set[tuple[str, bytes]] = set()

    def __call__(self, question: str, text: str) -> None:
        refusal = expected_refusal(question, text)
        with tempfile.TemporaryDirectory() as folder:
            repo = Path(folder) / "repo"
            answers = {**conftest.example("zeus"), question: text}
            try:
                run_copy(str(self.template), repo, data=answers, defaults=True, unsafe=True, quiet=True)
            except ValueError as error:
                assert refusal and refusal in str(error)
                assert not repo.exists(), "half a rendering is left"
                return
            assert not refusal
            self.check(repo, answers)

    def check(self, repo: Path, answers: dict[str, object]) -> None:
        for path in files_of(repo):
            name = str(path.relative_to(repo))
            if (name, content := path.read_bytes()) not in self.parsed:
                parse(path)
                self.parsed.add((name, content))
        for name, read in DESCRIPTION_READERS.items():
            assert read((repo / name).read_text()) == answers["description"], name
        for name, read in OWNER_READERS.items():
            assert read((repo / name).read_text()) == answers["owner"], name
        recorded = yaml.safe_load((repo / ".copier-answers.yml").read_text())
        assert {key: recorded[key] for key in answers} == answers


@pytest.fixture(scope="module")
def renderer(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Renderer:
    """Renders the files that take answers; the others are the same whatever is answered."""
    lean = tmp_path_factory.mktemp("lean") / "template"
    shutil.copytree(template, lean)
    for path in files_of(lean / "template"):
        if path.suffix != ".jinja":
            path.unlink()
    return Renderer(lean)


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(question=st.sampled_from([*FREE_TEXT, "description", "description", "owner"]), text=HOSTILE)
@example("description", "".join(NASTY))
@example("description", "x" * 500)
@example("description", 'ends with "')
@example("description", "ends with \\")
def test_hostile_answer_is_refused_or_arrives_unchanged(renderer: Renderer, question: str, text: str) -> None:
    renderer(question, text)
