"""The pairwise matrix: few sets of answers in which every two choices of the questionnaire meet."""

from typing import Any

from allpairspy import AllPairs

CHOICES: dict[str, list[Any]] = {
    "environments": ["prod", "dev prod", "dev staging prod"],
    "features": [["kv"], []],
    "size": ["256/512", "1024/2048"],
    "scaling": ["1", "1-4", "2-10"],
    "compute": ["fargate", "fargate-spot"],
    "cpu_architecture": ["X86_64", "ARM64"],
    "migration_mode": ["task", "init"],
}


def pairwise() -> list[dict[str, Any]]:
    """Sets of answers, each a change to an example."""
    return [dict(zip(CHOICES, values, strict=True)) for values in AllPairs(list(CHOICES.values()))]


def label(answers: dict[str, Any]) -> str:
    """A short name for a set of answers, for test ids."""
    return "·".join(str(value).replace(" ", "+") for value in answers.values())
