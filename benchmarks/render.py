"""How much slower this template renders than copier's own floor: the same tree, copied as a template of plain files."""

import resource
import shutil
import tempfile
from pathlib import Path

import yaml
from copier import run_copy

ROOT = Path(__file__).parent.parent
LIMIT = 1.5
PASSES = 9


def cpu_seconds() -> float:
    """CPU seconds that this process and its ended children have used."""
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def copy_seconds(template: Path, answers: dict[str, object]) -> float:
    """CPU seconds of one `copier copy`, those of the git commands that it starts included."""
    with tempfile.TemporaryDirectory() as folder:
        before = cpu_seconds()
        run_copy(str(template), Path(folder) / "repo", data=answers, defaults=True, unsafe=True, quiet=True)
        return cpu_seconds() - before


def plain_template(template: Path, answers: dict[str, object], folder: Path) -> Path:
    """A template that holds the rendered tree as it is, and asks nothing."""
    run_copy(str(template), folder / "template", data=answers, defaults=True, unsafe=True, quiet=True)
    (folder / "template" / ".copier-answers.yml").unlink()
    (folder / "copier.yml").write_text("_subdirectory: template\n")
    return folder


def measure() -> bool:
    """Print the ratio of this template to the floor, each the best of several passes; say whether it holds."""
    answers = yaml.safe_load((ROOT / "examples/zeus.yml").read_text())
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "kit"
        template.mkdir()
        shutil.copy(ROOT / "copier.yml", template)
        for part in ("template", "extensions", "hooks"):
            shutil.copytree(ROOT / part, template / part)
        floor_template = plain_template(template, answers, Path(folder) / "floor")
        passes = [(copy_seconds(template, answers), copy_seconds(floor_template, {})) for _ in range(PASSES)]
    kit, floor = (min(column) for column in zip(*passes, strict=True))
    print(f"copier copy: {kit * 1000:.0f} ms, floor {floor * 1000:.0f} ms, ratio {kit / floor:.2f} (at most {LIMIT})")
    return bool(kit / floor <= LIMIT)


if __name__ == "__main__":
    raise SystemExit(not measure())
