"""Compiles each path and each setting once: copier asks Jinja to compile them again for every file."""

from functools import cache
from typing import Any

from jinja2 import Environment, Template
from jinja2.ext import Extension


class CompileOnce(Extension):
    """Keeps compiled templates by their source, for as long as one copier run lasts.

    `benchmarks/render.py` shows what it saves. Sources with copier's `yield` tag are left alone: it takes notes while it
    compiles.
    """

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        compile_source = environment.from_string
        compile_once = cache(compile_source)

        def from_string(source: Any, *arguments: Any, **options: Any) -> Template:
            plain = isinstance(source, str) and not arguments and not options and "yield" not in source
            return compile_once(source) if plain else compile_source(source, *arguments, **options)

        environment.from_string = from_string  # type: ignore[method-assign]
