"""The rendered Terraform without AWS: what it says, that it is valid, and how its script calls it."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import hcl2
import pytest

from tests.conftest import ROOT, Answers, Render
from tests.support.matrix import label, pairwise
from tests.support.terraform import Terraform, run, sentence
from tests.support.tools import require

Hcl = dict[str, Any]


def plain(value: Any) -> Any:
    """HCL as python-hcl2 reads it, with the quotation marks gone that it keeps around strings and labels."""
    if isinstance(value, str) and len(value) >= 2 and value[0] == value[-1] == '"':
        return value[1:-1].replace('\\"', '"')
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {plain(key): plain(item) for key, item in value.items() if not key.startswith("__")}
    return value


def read(path: Path) -> Hcl:
    document: Hcl = plain(hcl2.loads(path.read_text()))
    return document


def blocks(root: Path, kind: str) -> Iterator[tuple[str, Hcl]]:
    """All blocks of a kind, by address: `resource` gives ("aws_lb_target_group.service", {…})."""
    for path in sorted(root.glob("*.tf")):
        for block in read(path).get(kind, []):
            for first, body in block.items():
                if kind in ("resource", "data"):
                    yield from ((f"{first}.{name}", content) for name, content in body.items())
                else:
                    yield first, body


@pytest.fixture(scope="module")
def resources(zeus: Path) -> dict[str, Hcl]:
    return dict(blocks(zeus / "infra", "resource"))


# ── What it says ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_environment_has_its_values(render: Render) -> None:
    repo = render(
        {"environments": "dev prod", "host_name": "api.getthedeck.com", "size": "1024/2048", "scaling": "2-10"}
    )
    for environment, host_name in (("dev", "api-dev.getthedeck.com"), ("prod", "api.getthedeck.com")):
        values = read(repo / f"infra/{environment}.tfvars")
        assert values["environment"] == environment
        assert values["host_name"] == host_name
        assert (values["cpu"], values["memory"]) == (1024, 2048)
        assert (values["min_tasks"], values["max_tasks"]) == (2, 10)


def test_what_environments_share_comes_from_the_answers(render: Render) -> None:
    repo = render({"owner": "Ada + Co @ 1", "compute": "fargate-spot", "migration_mode": "init"})
    values = read(repo / "infra/common.auto.tfvars")
    assert values["service"] == "zeus-api"
    assert values["owner"] == "Ada + Co @ 1"
    assert values["spot"] is True
    assert values["migration_mode"] == "init"
    assert values["aws_account_id"] == "123456789012"


def test_every_variable_is_described_typed_and_set(zeus: Path) -> None:
    for name, variable in blocks(zeus / "infra", "variable"):
        assert variable["description"], name
        assert variable["type"], name
        assert variable.get("nullable") is False or variable["default"] is None, name
        for validation in variable.get("validation", []):
            assert re.search(r"as in|ECS knows|Migrations run|is encrypted|pairs", validation["error_message"]), name


def test_every_value_belongs_to_a_variable(zeus: Path) -> None:
    variables = {name for name, _ in blocks(zeus / "infra", "variable")}
    for path in (zeus / "infra").glob("*.tfvars"):
        assert set(read(path)) <= variables, path.name


def test_the_image_tag_has_no_default(zeus: Path) -> None:
    assert "default" not in dict(blocks(zeus / "infra", "variable"))["image_tag"]


def test_no_priority_so_that_services_do_not_collide(resources: dict[str, Hcl]) -> None:
    assert "priority" not in resources["aws_lb_listener_rule.service"]


def test_what_is_replaced_makes_room_for_its_successor(resources: dict[str, Hcl]) -> None:
    for address in ("aws_lb_target_group.service", "aws_security_group.service"):
        assert "name" not in resources[address]
        assert resources[address]["name_prefix"]
        assert resources[address]["lifecycle"] == [{"create_before_destroy": True}]


@pytest.mark.parametrize("service", ["ab", "abcd-ef", "orders", "a-b-c-d-e"])
def test_the_target_groups_prefix_fits(resources: dict[str, Hcl], service: str) -> None:
    assert resources["aws_lb_target_group.service"]["name_prefix"] == '${trimsuffix(substr(var.service, 0, 5), "-")}-'
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*-", prefix := f"{service[:5].removesuffix('-')}-")
    assert len(prefix) <= 6


def test_terraform_owns_all_of_the_service_but_its_count(resources: dict[str, Hcl]) -> None:
    service = resources["aws_ecs_service.service"]
    assert service["lifecycle"] == [{"ignore_changes": ["desired_count"]}]
    assert service["wait_for_steady_state"] is True
    assert service["deployment_circuit_breaker"] == [{"enable": True, "rollback": True}]


def test_roles_stand_under_the_platforms_boundary(resources: dict[str, Hcl]) -> None:
    roles = {address: role for address, role in resources.items() if address.startswith("aws_iam_role.")}
    assert set(roles) == {"aws_iam_role.execution", "aws_iam_role.task"}
    assert {role["permissions_boundary"] for role in roles.values()} == {
        "${local.contract.service.permissions_boundary_arn}"
    }


def test_keys_of_the_container_json_are_camel_case(zeus: Path) -> None:
    """ECS and its provider drop a key that they do not know without a word: `depends_on`, `network_mode`."""
    text = (zeus / "infra/task_definition.tf").read_text()
    containers = text[text.index("container_defaults = {") : text.index('resource "aws_ecs_task_definition" "service"')]
    keys = set(re.findall(r"^\s+(\w+)\s+= ", containers, re.MULTILINE))
    assert {"dependsOn", "readonlyRootFilesystem", "stopTimeout", "logConfiguration", "secrets"} <= keys
    assert {key for key in keys if "_" in key} == {
        "app_container",
        "migrations_container",
        "log_configuration",
    }


def test_names_fit_where_aws_is_strict(resources: dict[str, Hcl]) -> None:
    """Roles have 64 characters at most, and the longest answers fill them exactly."""
    longest = f"{'p' * 16}-{'e' * 12}-{'s' * 24}"
    assert resources["aws_iam_role.execution"]["name"] == "${local.name}-execution"
    assert len(f"{longest}-execution") <= 64
    assert len(f"{longest}-migrations") <= 255


def test_the_owners_file_leaves_everything_to_the_owner(zeus: Path) -> None:
    document = read(zeus / "infra/service.tf")
    assert document == {"locals": [{"environment": {}, "secrets": {}}]}


def test_the_lock_file_names_the_provider_and_this_machines_build_of_it(zeus: Path) -> None:
    lock = (zeus / "infra/.terraform.lock.hcl").read_text()
    assert '"registry.terraform.io/hashicorp/aws"' in lock
    assert re.search(r'"h1:[\w+/]{43}="', lock)


# ── That it is valid ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def root(zeus: Path, tmp_path: Path) -> Path:
    """A copy of infra/ to write to. Any other service's differs in its values only."""
    return shutil.copytree(zeus / "infra", tmp_path / "infra")


@pytest.mark.parametrize("answers", pairwise(), ids=label)
def test_services_differ_in_values_only(zeus: Path, render: Render, answers: Answers) -> None:
    for path in (zeus / "infra").rglob("*"):
        if path.is_file() and path.suffix != ".tfvars":
            assert (render(answers) / path.relative_to(zeus)).read_bytes() == path.read_bytes(), path.name


@pytest.mark.heavy
def test_terraform_finds_it_formatted_valid_and_tested(root: Path, terraform: Terraform) -> None:
    for folder in (root, ROOT / "tests/platform"):
        terraform(folder, "fmt", "-check", "-diff", "-recursive")
    terraform.lock_for_this_machine(root)
    terraform(root, "init", "-backend=false", "-lockfile=readonly")
    terraform(root, "validate")
    answer = terraform(root, "test").stdout
    assert re.search(r"Success! \d\d passed, 0 failed", answer), answer


@pytest.mark.heavy
def test_the_rendered_tests_fail_when_the_contract_is_not_checked(root: Path, terraform: Terraform) -> None:
    contract = root / "contract.tf"
    text = contract.read_text()
    start = text.index("  lifecycle {", text.index('resource "terraform_data" "contract"'))
    contract.write_text(text[:start] + "}\n\nlocals {\n  contract = terraform_data.contract.input\n}\n")
    terraform(root, "init", "-backend=false")
    answer = terraform(root, "test", exits=1).stdout
    assert 'run "refuses_a_newer_contract"... fail' in answer


@pytest.mark.heavy
def test_tflint_finds_nothing(root: Path) -> None:
    run([str(require("tflint")), "--chdir", str(root), "--no-color"], root, os.environ)


@pytest.mark.heavy
def test_checkov_finds_nothing_that_is_not_answered(root: Path) -> None:
    values = next(path for path in sorted(root.glob("*.tfvars")) if path.name != "common.auto.tfvars")
    done = run(
        [
            *(str(require("checkov")), "--directory", str(root), "--framework", "terraform", "--quiet", "--compact"),
            *("--skip-download", "--var-file", str(values), "--output", "json"),
        ],
        root,
        os.environ,
    )
    summary = json.loads(done.stdout)["summary"]
    assert summary["failed"] == 0 and summary["parsing_errors"] == 0 and summary["passed"] > 30


def test_every_checkov_skip_says_why(zeus: Path) -> None:
    skips = re.findall(r"#checkov:skip=(.*)", "".join(path.read_text() for path in (zeus / "infra").glob("*.tf")))
    assert skips
    for skip in skips:
        assert re.fullmatch(r"CKV2?_AWS_\d+:\S.{30,}", skip), skip


# ── How scripts/terraform.sh calls Terraform ─────────────────────────────────────────────────────────────────────────

STUB = """#!/bin/sh
[ "$1" = init ] && {{ echo "$@" >>"{log}.init"; exit 0; }}
printf '%s\\n' "$@" >"{log}.arguments"
env >"{log}.environment"
"""


class Script:
    """scripts/terraform.sh with stand-ins for `terraform` and `aws` that note how they are called."""

    def __init__(self, repo: Path, folder: Path, aws: str) -> None:
        self.repo = repo
        self.log = folder / "log"
        self.programs = folder / "bin"
        self.programs.mkdir()
        self.stand_in("terraform", STUB.format(log=self.log))
        self.stand_in("aws", f"#!/bin/sh\n{aws}\n")

    def stand_in(self, name: str, text: str) -> None:
        path = self.programs / name
        path.write_text(text)
        path.chmod(0o755)

    def __call__(
        self, variables: Mapping[str, str], *arguments: str, exits: int = 0
    ) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": f"{self.programs}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.log.parent),
            **variables,
        }
        return run([str(self.repo / "scripts/terraform.sh"), *arguments], self.log.parent, environment, exits)

    @property
    def arguments(self) -> list[str]:
        return Path(f"{self.log}.arguments").read_text().splitlines()

    @property
    def environment(self) -> dict[str, str]:
        lines = Path(f"{self.log}.environment").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    @property
    def init(self) -> str:
        return Path(f"{self.log}.init").read_text()


@pytest.fixture
def script(zeus: Path, tmp_path: Path) -> Script:
    return Script(zeus, tmp_path, 'echo "$@" | grep -q /zeus/prod/services/zeus-api/image_tag && echo live123')


JOB = {"CI_JOB_TOKEN": "s3cret", "CI_API_V4_URL": "https://gitlab.example/api/v4", "CI_PROJECT_ID": "42"}


def test_a_job_opens_its_projects_state_with_its_own_token(script: Script) -> None:
    script(JOB, "prod", "plan", "-var", "image_tag=abc")
    address = "https://gitlab.example/api/v4/projects/42/terraform/state/prod"
    assert script.environment["TF_HTTP_ADDRESS"] == address
    assert (
        script.environment["TF_HTTP_LOCK_ADDRESS"] == script.environment["TF_HTTP_UNLOCK_ADDRESS"] == f"{address}/lock"
    )
    assert (script.environment["TF_HTTP_LOCK_METHOD"], script.environment["TF_HTTP_UNLOCK_METHOD"]) == (
        "POST",
        "DELETE",
    )
    assert (script.environment["TF_HTTP_USERNAME"], script.environment["TF_HTTP_PASSWORD"]) == (
        "gitlab-ci-token",
        "s3cret",
    )
    assert int(script.environment["TF_HTTP_RETRY_MAX"]) >= 3
    assert "-lockfile=readonly" in script.init
    assert "s3cret" not in script.init + " ".join(script.arguments)


def test_a_laptop_opens_the_same_state_with_a_persons_token(script: Script) -> None:
    script({"GITLAB_TOKEN": "glpat-1"}, "prod", "output")
    assert (
        script.environment["TF_HTTP_ADDRESS"]
        == "https://gitlab.com/api/v4/projects/acme%2Fzeus-api/terraform/state/prod"
    )
    assert script.environment["TF_HTTP_PASSWORD"] == "glpat-1"
    assert script.arguments == ["output"]


def test_commands_get_the_environments_values(script: Script) -> None:
    for command in ("plan", "apply", "destroy"):
        script(JOB, "prod", command, "-var", "image_tag=abc")
        assert script.arguments == [command, "-var-file=prod.tfvars", "-var", "image_tag=abc"]


def test_a_saved_plan_brings_its_own_values(script: Script, tmp_path: Path) -> None:
    plan = tmp_path / "saved.tfplan"
    plan.touch()
    script(JOB, "prod", "apply", str(plan))
    assert script.arguments == ["apply", str(plan)]
    assert "TF_VAR_image_tag" not in script.environment


def test_without_a_tag_the_image_that_runs_is_kept(script: Script) -> None:
    script(JOB, "prod", "plan")
    assert script.environment["TF_VAR_image_tag"] == "live123"
    script({**JOB, "TF_VAR_image_tag": "wanted1"}, "prod", "plan")
    assert script.environment["TF_VAR_image_tag"] == "wanted1"


def test_nothing_has_to_run_to_be_destroyed(zeus: Path, tmp_path: Path) -> None:
    script = Script(zeus, tmp_path, "exit 1")
    script(JOB, "prod", "destroy")
    assert script.environment["TF_VAR_image_tag"]


@pytest.mark.parametrize(
    ("arguments", "variables", "words"),
    [
        ((), JOB, "usage: scripts/terraform.sh ENVIRONMENT ARGUMENTS"),
        (("prod",), JOB, "usage: scripts/terraform.sh ENVIRONMENT ARGUMENTS"),
        (("stage", "plan"), JOB, 'There is no environment "stage". There is: prod'),
        (("prod", "plan"), {}, "GITLAB_TOKEN is not set. Make a personal access token with the scope api"),
        (("prod", "plan"), {"CI_JOB_TOKEN": "s3cret"}, "CI_API_V4_URL"),
    ],
)
def test_what_is_missing_is_said_in_a_sentence(
    script: Script, arguments: tuple[str, ...], variables: dict[str, str], words: str
) -> None:
    done = subprocess.run(
        [script.repo / "scripts/terraform.sh", *arguments],
        env={"PATH": f"{script.programs}{os.pathsep}{os.environ['PATH']}", **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (1, 2)
    assert words in sentence(done.stderr)
    assert "s3cret" not in done.stderr + done.stdout
    assert not Path(f"{script.log}.arguments").exists()


def test_before_the_first_deployment_a_tag_is_asked_for(zeus: Path, tmp_path: Path) -> None:
    script = Script(zeus, tmp_path, "echo 'An error occurred (ParameterNotFound)' >&2; exit 254")
    refused = script(JOB, "prod", "plan", exits=1)
    assert (
        "Nothing was deployed to prod yet. Name an image, as in: scripts/terraform.sh prod plan -var image_tag="
        in refused.stderr
    )


def test_a_lock_file_that_lacks_this_machine_is_explained(script: Script) -> None:
    script.stand_in(
        "terraform", "#!/bin/sh\necho 'does not match any of the checksums recorded in the lock file'; exit 1\n"
    )
    assert "`make lock` completes infra/.terraform.lock.hcl" in script(JOB, "prod", "output", exits=1).stderr
