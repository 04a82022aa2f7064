"""Values that follow from the answers: layers, names and sizes, for every template file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from copier_template_extensions import ContextHook

ACTIVE, SKIPPED = ".", ""


@dataclass(frozen=True)
class Layers:
    """The folders of the template that these answers select.

    Each field names a folder `{{ layer.<field> }}`. A selected folder's name renders to `.`, so that copier merges it
    into the destination; any other renders to nothing, and copier skips it.
    """

    common: str
    service: str
    rust: str
    migrations: str
    service_infra: str
    gitlab: str
    kv: str

    @classmethod
    def of(cls, answers: Mapping[str, Any]) -> "Layers":
        """The layers for these answers, of which some may still be missing."""

        def when(condition: object) -> str:
            return ACTIVE if condition else SKIPPED

        service = answers.get("kind") == "service"
        return cls(
            common=ACTIVE,
            service=when(service),
            rust=when(service and answers.get("stack") == "rust"),
            migrations=when(service),
            service_infra=when(service),
            gitlab=ACTIVE,
            kv=when("kv" in (answers.get("features") or [])),
        )


def split_environments(answer: str) -> list[str]:
    """Environment names in the order of deployment: "dev prod" and "dev, prod" give ["dev", "prod"]."""
    return answer.replace(",", " ").split()


def host_names(host_name: str, environments: list[str]) -> dict[str, str]:
    """Host name of each environment: the last has the given one, the others add theirs to its first label.

    One label stays one label, because a wildcard certificate covers no more (RFC 6125, section 6.4.3).
    """
    label, _, rest = host_name.partition(".")
    return {
        environment: host_name if environment == environments[-1] else f"{label}-{environment}.{rest}"
        for environment in environments
    }


class Derived(ContextHook):
    """Adds the derived values to what every template file sees."""

    def hook(self, context: dict[str, Any]) -> None:
        context["layer"] = Layers.of(context)
        context["seed"] = _seed_exclusion(context)

        environments = split_environments(context.get("environments") or "")
        context["environment_names"] = environments
        context["host_names"] = host_names(context.get("host_name") or "", environments)

        context["database_name"] = (context.get("project_name") or "").replace("-", "_")
        context["cpu"], context["memory"] = _pair(context.get("size") or "256/512", "/")
        context["min_tasks"], context["max_tasks"] = _pair(context.get("scaling") or "1", "-")
        context["docker_platform"] = "linux/arm64" if context.get("cpu_architecture") == "ARM64" else "linux/amd64"


def _seed_exclusion(answers: Mapping[str, Any]) -> Callable[..., str]:
    """A function for `_exclude`: the pattern of a seed file, if this service was given the file before."""

    def seed(pattern: str, feature: str | None = None) -> str:
        updating = answers.get("_copier_operation") == "update"
        given = feature is None or feature in (answers.get("seeded") or [])
        return pattern if updating and given else ""

    return seed


def _pair(text: str, separator: str) -> tuple[int, int]:
    first, _, second = text.partition(separator)
    return int(first), int(second or first)
