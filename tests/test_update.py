"""`copier update` brings in what the template changed and loses nothing that an owner did."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from copier import run_copy, run_update

from tests.conftest import example
from tests.support.rust import Crate

Change = Callable[[Path], None]
MAKEFILE = Path("template/{{ layer.service }}/Makefile.jinja")


def git(repo: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "init.defaultBranch=main")
    return subprocess.check_output(["git", "-C", str(repo), *identity, *arguments], text=True)


class Kit:
    """A clone of the template with releases of its own, tagged above every real one."""

    def __init__(self, template: Path, folder: Path) -> None:
        self.repo = Path(shutil.copytree(template, folder / "kit"))
        git(self.repo, "init", "--quiet")
        self.release("v1000.0.0")
        self.folder = folder

    def release(self, tag: str, change: Change | None = None) -> None:
        if change:
            change(self.repo)
        git(self.repo, "add", "--all")
        git(self.repo, "commit", "--quiet", "--message", tag)
        git(self.repo, "tag", tag)

    def copy(self, name: str, **answers: object) -> Path:
        service = self.folder / name
        run_copy(str(self.repo), service, data={**example("zeus"), **answers}, defaults=True, unsafe=True, quiet=True)
        git(service, "init", "--quiet")
        self.commit(service)
        return service

    def commit(self, service: Path) -> None:
        git(service, "add", "--all")
        git(service, "commit", "--quiet", "--message", "Change the service")

    def update(self, service: Path, **answers: object) -> None:
        run_update(service, data=answers, defaults=True, overwrite=True, unsafe=True, quiet=True)


@pytest.fixture
def kit(template: Path, tmp_path: Path) -> Kit:
    return Kit(template, tmp_path)


def contents(service: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(service)): path.read_bytes()
        for path in service.rglob("*")
        if path.is_file() and ".git" not in path.relative_to(service).parts
    }


def change_comment(repo: Path) -> None:
    path = repo / MAKEFILE
    path.write_text(path.read_text().replace("##@ Database", "##@ The database"))


def change_makefile(repo: Path) -> None:
    path = repo / MAKEFILE
    path.write_text(path.read_text().replace("##@ Every day", "##@ Each day"))


def test_unedited_service_equals_a_fresh_rendering(kit: Kit) -> None:
    service = kit.copy("service")
    kit.release("v1001.0.0", change_makefile)
    kit.update(service)
    assert contents(service) == contents(kit.copy("fresh"))


def test_edit_and_template_change_are_merged(kit: Kit) -> None:
    service = kit.copy("service")
    makefile = service / "Makefile"
    makefile.write_text(makefile.read_text().replace("-include local.mk", "-include local.mk mine.mk"))
    kit.commit(service)
    kit.release("v1001.0.0", change_makefile)
    kit.update(service)
    assert "-include local.mk mine.mk" in makefile.read_text()
    assert "##@ Each day" in makefile.read_text()


def test_edit_of_the_same_line_shows_as_a_conflict(kit: Kit) -> None:
    service = kit.copy("service")
    makefile = service / "Makefile"
    makefile.write_text(makefile.read_text().replace("##@ Every day", "##@ Mine"))
    kit.commit(service)
    kit.release("v1001.0.0", change_makefile)
    kit.update(service)
    assert git(service, "diff", "--name-only", "--diff-filter=U").split() == ["Makefile"]
    assert "##@ Mine" in makefile.read_text() and "##@ Each day" in makefile.read_text()


def test_seed_files_are_neither_changed_nor_resurrected(kit: Kit) -> None:
    service = kit.copy("service")
    (service / "app/src/items/create.rs").unlink()
    (service / "README.md").write_text("# Mine\n")
    kit.commit(service)

    def change_seeds(repo: Path) -> None:
        for path in [*repo.rglob("create.rs"), *repo.rglob("0*_items.up.sql*"), *repo.rglob("service.tf")]:
            path.write_text(path.read_text() + "\n-- changed by the template\n")
        change_makefile(repo)

    kit.release("v1001.0.0", change_seeds)
    before = contents(service)
    kit.update(service)
    changed = {path for path, content in contents(service).items() if before.get(path) != content}
    assert changed == {".copier-answers.yml", "Makefile"}
    assert not (service / "app/src/items/create.rs").exists()


def test_feature_turned_on_later_brings_its_seed_files_once(kit: Kit) -> None:
    service = kit.copy("service", features=[])
    assert not (service / "app/src/kv").exists()
    for direction in ("up", "down"):
        (service / f"migrations/sql/000007_mine.{direction}.sql").write_text("select 1;\n")
    kit.commit(service)
    kit.release("v1001.0.0", change_makefile)

    kit.update(service, features=["kv"])
    assert (service / "app/src/kv/mod.rs").exists()
    migrations = sorted(path.name for path in (service / "migrations/sql").glob("*.up.sql"))
    assert migrations == ["000001_items.up.sql", "000007_mine.up.sql", "000008_kv.up.sql"]
    assert yaml.safe_load((service / ".copier-answers.yml").read_text())["seeded"] == ["kv"]
    kit.commit(service)

    shutil.rmtree(service / "app/src/kv")
    kit.commit(service)
    kit.release("v1002.0.0", change_comment)
    kit.update(service)
    assert not (service / "app/src/kv").exists()
    assert len(list((service / "migrations/sql").glob("*_kv.up.sql"))) == 1


@pytest.mark.heavy
def test_feature_turned_on_later_compiles(kit: Kit, cargo_target: Path) -> None:
    service = kit.copy("service", features=[])
    kit.release("v1001.0.0", change_makefile)
    kit.update(service, features=["kv"])
    checked = Crate.of(service, cargo_target).cargo("clippy", "--locked", "--all-targets", "--", "-D", "warnings")
    assert checked.returncode == 0, checked.stdout


def test_changed_default_does_not_move_an_existing_service(kit: Kit) -> None:
    service = kit.copy("service")

    def change_default(repo: Path) -> None:
        questions = repo / "copier.yml"
        questions.write_text(questions.read_text().replace("default: 256/512", "default: 1024/2048"))

    kit.release("v1001.0.0", change_default)
    kit.update(service)
    assert "cpu    = 256" in (service / "infra/prod.tfvars").read_text().replace("cpu       ", "cpu   ")
    assert yaml.safe_load((service / ".copier-answers.yml").read_text())["size"] == "256/512"
