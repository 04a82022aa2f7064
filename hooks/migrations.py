"""What has to happen in a service after `copier update` merged the template's changes.

copier runs it once for each update, in the service's folder, with the service's features as JSON. It never fails on
what an owner may have done: a failure in the middle of an update would cost edits.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

ANSWERS = Path(".copier-answers.yml")
MIGRATIONS = Path("migrations/sql")


def record_seeded(answers: Path, features: list[str]) -> None:
    """Remember which features' seed files the service was given, so that no later update brings them again."""
    seeded = "seeded: " + json.dumps(sorted(features)) + "\n"
    text = answers.read_text(encoding="utf-8")
    recorded = re.compile(r"^seeded:.*\n(?:- .*\n|  .*\n)*", re.MULTILINE)
    known = re.findall(r"[a-z_]+", "".join(recorded.findall(text)).removeprefix("seeded"))
    if not set(features) <= set(known):
        answers.write_text(recorded.sub(seeded, text), encoding="utf-8")


def renumber(migrations: Path, arrived: set[str]) -> None:
    """Number migrations that an update brought after the service's newest one.

    golang-migrate skips, in silence, a version that is lower than the newest one applied.
    """
    present = sorted(path.name for path in migrations.glob("*.sql"))
    newest = max((int(name.split("_")[0]) for name in present if name not in arrived), default=0)
    for stem in sorted({name.removesuffix(".up.sql").removesuffix(".down.sql") for name in arrived}):
        number, _, title = stem.partition("_")
        newest = max(newest + 1, int(number))
        for direction in ("up", "down"):
            old = migrations / f"{stem}.{direction}.sql"
            if old.exists():
                old.rename(migrations / f"{newest:06d}_{title}.{direction}.sql")


def untracked(folder: Path) -> set[str]:
    """Names of SQL files in a folder that git does not know yet."""
    listing = subprocess.run(
        ["git", "ls-files", "--others", "--exclude-standard", "--", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    return {
        Path(line).name for line in listing.splitlines() if re.fullmatch(r"\d+_\w+\.(up|down)\.sql", Path(line).name)
    }


if __name__ == "__main__":
    if ANSWERS.exists():
        record_seeded(ANSWERS, json.loads(sys.argv[1]))
    if MIGRATIONS.is_dir():
        renumber(MIGRATIONS, untracked(MIGRATIONS))
