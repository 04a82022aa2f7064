"""The deployment's scripts with the real Terraform and provider: what is planned, migrated and then applied."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from tests.conftest import Render
from tests.support.aws import SimulatedAws
from tests.support.pipeline import Pipeline
from tests.support.state_server import StateServer
from tests.support.terraform import Terraform

pytestmark = pytest.mark.heavy

PROJECT = 41
Script = Callable[..., CompletedProcess[str]]


@pytest.fixture(scope="module")
def script(
    render: Render,
    platform: dict[str, Any],  # noqa: ARG001 – has to stand
    simulated_aws: SimulatedAws,
    state_server: StateServer,
    terraform: Terraform,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Script]:
    """The scripts of a service, of which only the AWS command line is a stand-in."""
    rendered = render({"project_name": "billing", "host_name": "billing.getthedeck.com", "git_path": "acme/billing"})
    folder = tmp_path_factory.mktemp("billing")
    it = Pipeline(rendered, folder, real={"terraform"})
    settings = {name: value for name, value in terraform.environment.items() if name.startswith(("TF_", "CHECKPOINT"))}
    job = {**settings, **simulated_aws.environment, **state_server.job(PROJECT), "PLAN_DIR": str(folder / "plan")}

    def run(name: str, *arguments: str, exits: int = 0, **environment: str) -> CompletedProcess[str]:
        done = it.script(name, *arguments, environment={**job, **environment})
        assert done.returncode == exits, done.stdout + done.stderr
        return done

    yield run
    run("terraform.sh", "prod", "destroy", "-auto-approve")


def test_what_was_planned_is_migrated_then_deployed(script: Script, state_server: StateServer) -> None:
    script("plan.sh", "prod", "aaa1111", "-lock=false")

    script("run-migrations.sh", "prod", "aaa1111")
    state = state_server.state(PROJECT, "prod")
    assert "aws_ecs_task_definition.migrations" in state.resources
    assert "aws_ecs_service.service" not in state.resources

    script("deploy.sh", "prod", "aaa1111")
    assert "aws_ecs_service.service" in state.resources
    assert state.outputs["image_tag"] == "aaa1111"


def test_next_image_takes_the_same_way(script: Script, state_server: StateServer, tmp_path: Path) -> None:
    state = state_server.state(PROJECT, "prod")
    folder = {"PLAN_DIR": str(tmp_path)}

    script("plan.sh", "prod", "bbb2222", "-lock=false", **folder)
    planned = (tmp_path / "prod.actions").read_text()
    assert "aws_ecs_task_definition.service" in planned
    assert "update aws_ecs_service.service" in planned
    assert json.loads((tmp_path / "prod.report.json").read_text())["delete"] >= 2
    assert "aws_ecs_service.service" in (tmp_path / "prod.txt").read_text()

    before = state.outputs
    script("run-migrations.sh", "prod", "bbb2222", **folder)
    assert state.outputs["migrations"]["task_definition"] != before["migrations"]["task_definition"]
    assert state.outputs["task_definition_arn"] == before["task_definition_arn"]

    script("deploy.sh", "prod", "bbb2222", **folder)
    assert state.outputs["task_definition_arn"] != before["task_definition_arn"]
    assert state.outputs["image_tag"] == "bbb2222"


def test_change_behind_the_plans_back_stops_the_deployment(
    script: Script, simulated_aws: SimulatedAws, state_server: StateServer, tmp_path: Path
) -> None:
    folder = {"PLAN_DIR": str(tmp_path)}
    script("plan.sh", "prod", "ccc3333", "-lock=false", **folder)
    simulated_aws.client("logs").delete_log_group(logGroupName="/zeus/prod/billing")

    refused = script("deploy.sh", "prod", "ccc3333", exits=1, **folder)

    assert "create aws_cloudwatch_log_group.service" in refused.stderr
    assert "Run the job plan:prod again" in refused.stderr
    assert state_server.state(PROJECT, "prod").outputs["image_tag"] == "bbb2222"

    script("plan.sh", "prod", "ccc3333", "-lock=false", **folder)
    script("deploy.sh", "prod", "ccc3333", **folder)
    assert state_server.state(PROJECT, "prod").outputs["image_tag"] == "ccc3333"
