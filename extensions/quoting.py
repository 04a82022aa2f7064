"""Filters that write a person's text as a literal of another language, quotation marks included."""

import json
import re
import shlex

from jinja2 import Environment
from jinja2.ext import Extension


def json_string(text: str) -> str:
    """A JSON string (RFC 8259)."""
    return json.dumps(text, ensure_ascii=False)


def yaml_string(text: str) -> str:
    """A double-quoted YAML scalar; every JSON string is one (YAML 1.2, section 1.3)."""
    return json_string(text)


def toml_string(text: str) -> str:
    """A TOML basic string, whose escapes are JSON's, but that U+007F has to be escaped too (TOML 1.0)."""
    return json_string(text).replace("\x7f", "\\u007F")


def hcl_string(text: str) -> str:
    """An HCL quoted template without interpolation.

    `${` and `%{` start with an escape, as doubling (`$${`) is ambiguous after another `$` (HCL native syntax, "Template
    Expressions" and "Quoted Templates").
    """
    return json_string(text).replace("${", "\\u0024{").replace("%{", "\\u0025{")


def shell_string(text: str) -> str:
    """One word for a POSIX shell."""
    return shlex.quote(text)


def sql_string(text: str) -> str:
    """A string constant for PostgreSQL, right under either setting of standard_conforming_strings."""
    literal = "'" + text.replace("'", "''").replace("\\", "\\\\") + "'"
    return f"E{literal}" if "\\" in text else literal


def rust_string(text: str) -> str:
    """A Rust string literal."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def dockerfile_string(text: str) -> str:
    """A double-quoted value in a Dockerfile, where `$` would start a variable."""
    return '"' + re.sub(r'([\\"$])', r"\\\1", text) + '"'


def markdown_text(text: str) -> str:
    """Plain text as a Markdown paragraph, with a backslash only where a character would mean something.

    CommonMark 0.31, sections 2.4, 4 and 5; beyond it `|` and `~` (tables, strikethrough) and `@` and `$`, which GitLab
    reads as a mention and as mathematics.
    """
    text = re.sub(r"([\\`*_\[\]<|~@$]|&(?=#?\w+;))", r"\\\1", text)
    text = re.sub(r"^([-+=>#])", r"\\\1", text)
    return re.sub(r"^(\d+)([.)])", r"\1\\\2", text)


class Quoting(Extension):
    """Makes the filters available to template files."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        for quote in (
            dockerfile_string,
            hcl_string,
            json_string,
            markdown_text,
            rust_string,
            shell_string,
            sql_string,
            toml_string,
            yaml_string,
        ):
            environment.filters[quote.__name__] = quote
