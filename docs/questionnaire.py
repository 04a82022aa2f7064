"""Writes the questionnaire's reference from copier.yml: python docs/questionnaire.py"""

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent
REFERENCE = ROOT / "docs/reference/questionnaire.md"


def reference() -> str:
    """The reference as Markdown."""
    questions: dict[str, Any] = yaml.safe_load((ROOT / "copier.yml").read_text(encoding="utf-8"))
    rows = [_row(name, question) for name, question in questions.items() if not name.startswith("_")]
    return "\n".join(
        [
            "# The questionnaire",
            "",
            "Every question, in the order in which it is asked. Those marked * are asked only after `customise`, yet",
            "always recorded; those marked - are recorded, and asked once there is a choice.",
            "",
            "| question | default | what it decides |",
            "| --- | --- | --- |",
            *rows,
            "",
        ]
    )


def _row(name: str, question: dict[str, Any]) -> str:
    mark = {"True": "", "False": " -"}.get(str(question.get("ask", True)), "*")
    text = " ".join(question.get("help", "").split())
    if choices := question.get("choices"):
        text += "<br>" + "<br>".join(f"`{value}`: {label}" for label, value in choices.items())
    return f"| `{name}`{mark} | `{question['default']}` | {text.removeprefix('<br>')} |"


if __name__ == "__main__":
    REFERENCE.write_text(reference(), encoding="utf-8")
