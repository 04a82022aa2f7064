"""Each quoting filter writes a literal that the real reader of its language reads back unchanged."""

import json
import subprocess
import tomllib
from pathlib import Path

import hcl2
import psycopg
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from extensions.quoting import (
    hcl_string,
    json_string,
    markdown_text,
    rust_string,
    shell_string,
    sql_string,
    toml_string,
    yaml_string,
)
from extensions.validation import refuse_bad_text
from tests.support.postgres import Postgres
from tests.support.tools import require

NASTY = [
    "plain",
    'a "quoted" word',
    "it's",
    r"back\slash \n \u{41}",
    "${x} $${x} %{if true} %%{x}",
    "{{ 7 * 7 }} {% raw %} {# no #}",
    "`id` $(id) ; & | > <",
    "# not a comment: yes",
    "- [x](y) *b* _i_ <b> & &amp;",
    "👩‍👩‍👧 Größe µ",
    "ends with \\",
    "$",
    "%",
]
# What starts a block of its own in Markdown.
BLOCKS = ["1. one", "12) b", "# h", "> q", "- i", "+ i", "=", "---", "&#65;", "&copy;", "~~~", "| a", "<b>", "[a]: b"]
texts = st.text(min_size=1, max_size=60).filter(lambda text: not refuse_bad_text(text, 300))


@pytest.mark.parametrize("text", NASTY)
def test_shell_reads_it_back(text: str) -> None:
    assert subprocess.check_output(["sh", "-c", f"printf %s {shell_string(text)}"], text=True) == text


@given(texts)
def test_yaml_toml_and_json_read_it_back(text: str) -> None:
    assert yaml.safe_load(yaml_string(text)) == text
    assert tomllib.loads(f"x = {toml_string(text)}")["x"] == text
    assert json.loads(json_string(text)) == text


def test_terraform_reads_it_back(tmp_path: Path) -> None:
    outputs = "".join(f'output "o{index}" {{\n  value = {hcl_string(text)}\n}}\n' for index, text in enumerate(NASTY))
    (tmp_path / "outputs.tf").write_text(outputs)
    assert len(hcl2.loads(outputs)["output"]) == len(NASTY)
    terraform = [str(require("terraform")), f"-chdir={tmp_path}"]
    subprocess.run([*terraform, "apply", "-auto-approve"], check=True, capture_output=True)
    values = json.loads(subprocess.check_output([*terraform, "output", "-json"]))
    assert [values[f"o{index}"]["value"] for index in range(len(NASTY))] == NASTY


@settings(max_examples=500)
@given(texts | st.sampled_from([*NASTY, *BLOCKS]))
def test_markdown_shows_it_unchanged(text: str) -> None:
    paragraph = MarkdownIt().parse(markdown_text(text))[1]
    assert "".join(token.content for token in paragraph.children or []) == text


def test_markdown_leaves_plain_sentences_alone() -> None:
    sentence = "The API of getthedeck.com, with items (and a key-value store): R&D's first!"
    assert markdown_text(sentence) == sentence


@pytest.mark.heavy
@pytest.mark.parametrize("standard_conforming_strings", ["on", "off"])
def test_postgres_reads_it_back(standard_conforming_strings: str, postgres: Postgres) -> None:
    with psycopg.connect(postgres.url()) as connection:
        connection.execute(f"SET standard_conforming_strings = {standard_conforming_strings}".encode())
        for text in NASTY:
            row = connection.execute(f"SELECT {sql_string(text)}".encode()).fetchone()
            assert row == (text,)


def test_rustc_reads_it_back(tmp_path: Path) -> None:
    source, program = tmp_path / "main.rs", tmp_path / "main"
    literals = ", ".join(rust_string(text) for text in NASTY)
    source.write_text(f'fn main() {{ for text in [{literals}] {{ print!("{{text}}\\0"); }} }}')
    subprocess.run([require("rustc"), source, "-o", program], check=True, capture_output=True)
    assert subprocess.check_output([program], text=True).split("\0")[:-1] == NASTY


@pytest.mark.parametrize(("text", "literal"), [('a "b"', r'"a \"b\""'), ("a\\b", r'"a\\b"'), ("{x}", '"{x}"')])
def test_rust_escapes_quotes_and_backslashes(text: str, literal: str) -> None:
    assert rust_string(text) == literal
