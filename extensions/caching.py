"""Compiles each path and each setting once: copier asks Jinja to compile them again for every file."""

from functools import cache
from typing import Any

from jinja2 import Environment, Template
from jinja2.ext import Extension


class CompileOnce(Extension):
    """Keeps compiled templates by their source, for one run of copier; `benchmarks/render.py` shows what it saves."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        compile_source = environment.from_string
        compile_once = cache(compile_source)

        def from_string(source: Any, *arguments: Any, **options: Any) -> Template:
            if not isinstance(source, str) or arguments or options:
                return compile_source(source, *arguments, **options)
            template = compile_once(source)
            # Other extensions expect this call before each rendering; copier's `yield` resets its notes in it.
            environment.preprocess(source)
            return template

        environment.from_string = from_string  # type: ignore[method-assign]
