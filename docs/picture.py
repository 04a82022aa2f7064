"""Draws the README's picture from a real run: python docs/picture.py"""

import subprocess
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "docs/pictures/new.svg"
# rich would load a web font from a third party; a reader's own monospace font does.
FORMAT = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{
  font-family: ui-monospace, Menlo, Consolas, monospace; font-size: {char_height}px; line-height: {line_height}px;
  white-space: pre;
}}
.{unique_id}-title {{ font-size: 18px; font-family: sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">{matrix}</g>
</g>
</svg>
"""


def main() -> None:
    """Render the example service into a throwaway folder and draw what the terminal showed."""
    console = Console(record=True, width=110, file=open("/dev/null", "w"))  # noqa: SIM115, PTH123
    with tempfile.TemporaryDirectory() as folder:
        command = ["make", "new", "DEST=../orders", "ANSWERS=examples/zeus.yml"]
        shown = subprocess.run(
            ["make", "--no-print-directory", "new", f"DEST={folder}/orders", *command[3:], "TEMPLATE=."],
            cwd=ROOT,
            check=True,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ).stdout.replace(f"{folder}/", "../")
        lines = [line for line in shown.splitlines() if "identical" not in line]
        created = [line for line in lines if "create" in line]
        head, tail = lines[: lines.index(created[0])], lines[lines.index(created[-1]) + 1 :]
        files = sum(1 for path in Path(folder).rglob("*") if path.is_file())
    console.print(Text("$ " + " ".join(command), style="bold green"))
    for line in [*head, *created[:3], f"      … {files} files", *tail]:
        console.print(Text.from_ansi(line), soft_wrap=True)
    PICTURE.parent.mkdir(exist_ok=True)
    svg = console.export_svg(title="Service Development Kit", theme=MONOKAI, code_format=FORMAT, unique_id="run")
    PICTURE.write_text("\n".join(line.rstrip() for line in svg.splitlines()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
