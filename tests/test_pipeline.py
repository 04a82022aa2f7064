"""The rendered GitLab pipeline: its form, which jobs each event starts, and a run of it job by job with stand-ins."""

import json
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import botocore.session  # type: ignore[import-untyped]
import pytest
from botocore import xform_name

from tests.conftest import Render
from tests.support.pipeline import SECRETS, Event, Pipeline, Run
from tests.support.tools import require

VARIANTS: dict[str, dict[str, Any]] = {
    "one environment": {},
    "three environments": {"environments": "dev staging prod"},
    "migrations in each task": {"migration_mode": "init"},
    "ARM64": {"cpu_architecture": "ARM64"},
    "two environments, ARM64, migrations in each task": {
        "environments": "dev prod",
        "cpu_architecture": "ARM64",
        "migration_mode": "init",
    },
}

CHECKS = {"check:app", "check:images", "check:infra", "check:scripts", "test:app"}
EVENT_CHECKS: dict[Event, set[str]] = {
    "merge request": CHECKS | {"test:api"},
    "main": CHECKS | {"test:api"},
    "tag": CHECKS,
}
IMAGES = {"build:app", "build:migrations"}

APP = "zeus/zeus-api/app"
MIGRATIONS = "zeus/zeus-api/migrations"
LIVE_TAG = "/zeus/prod/services/zeus-api/image_tag"
ALL_EVENTS: tuple[Event, ...] = ("merge request", "main", "tag")

# Commands that the AWS command line adds to what the services offer.
AWS_CUSTOMIZATIONS = {("ecr", "get-login-password"), ("logs", "tail")}

NewPipeline = Callable[..., Pipeline]


@pytest.fixture
def pipeline(render: Render, tmp_path: Path) -> NewPipeline:
    """A pipeline of one's own, for the answers given."""

    def new(**answers: str) -> Pipeline:
        return Pipeline(render(answers), tmp_path)

    return new


@pytest.fixture(scope="module")
def shared(render: Render, tmp_path_factory: pytest.TempPathFactory) -> NewPipeline:
    """A pipeline for the answers given that is only looked at."""
    done: dict[str, Pipeline] = {}

    def find(**answers: str) -> Pipeline:
        key = json.dumps(answers, sort_keys=True)
        if key not in done:
            done[key] = Pipeline(render(answers), tmp_path_factory.mktemp("shared"))
        return done[key]

    return find


# ── Form ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("variant", VARIANTS)
def test_gitlab_accepts_it(variant: str, render: Render) -> None:
    schema = ("--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci")
    done = subprocess.run(
        [require("check-jsonschema"), *schema, render(VARIANTS[variant]) / ".gitlab-ci.yml"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("event", ALL_EVENTS)
def test_every_need_is_met(variant: str, event: Event, shared: NewPipeline) -> None:
    done = shared(**VARIANTS[variant]).validate(event)
    assert done.returncode == 0, done.stdout + done.stderr


def test_need_of_a_job_that_is_not_there_is_caught(pipeline: NewPipeline) -> None:
    broken = pipeline()
    file = broken.repo / ".gitlab-ci.yml"
    file.write_text(file.read_text().replace("    - deploy:prod\n", "    - deploy:nowhere\n"))
    assert broken.validate("tag").returncode != 0


def test_images_are_pinned(shared: NewPipeline) -> None:
    jobs = _jobs(shared()).values()
    images = {image["name"] for job in jobs for image in [job["image"], *job.get("services", [])]}
    assert len(images) >= 5
    for image in images:
        assert re.search(r":v?\d+\.\d+", image), f"{image} is not pinned"


def test_what_changes_an_environment_never_overlaps(shared: NewPipeline) -> None:
    jobs = _jobs(shared(environments="dev staging prod"))
    for environment in ("dev", "staging", "prod"):
        for step in ("migrate", "deploy", "verify"):
            job = jobs[f"{step}:{environment}"]
            assert job["resource_group"] == environment
            assert job["environment"]["name"] == environment
            assert job["interruptible"] is False
    assert "action" not in jobs["deploy:prod"]["environment"]
    assert jobs["migrate:prod"]["environment"]["action"] == "prepare"
    assert jobs["verify:prod"]["environment"]["action"] == "verify"
    assert jobs["deploy:prod"]["environment"]["url"] == "https://api.getthedeck.com"
    assert jobs["deploy:dev"]["environment"]["url"] == "https://api-dev.getthedeck.com"


def test_job_that_waits_for_a_click_may_not_fail(shared: NewPipeline) -> None:
    for job in _jobs(shared(environments="dev staging prod")).values():
        assert "allow_failure" not in job
        assert not [rule for rule in job.get("rules", []) if "allow_failure" in rule]


def test_each_job_gets_its_own_role(shared: NewPipeline) -> None:
    jobs = _jobs(shared(environments="dev prod"))
    account = "arn:aws:iam::123456789012:role"
    roles = {name: job["variables"]["AWS_ROLE_ARN"] for name, job in jobs.items() if "id_tokens" in job}
    assert roles == {
        "build:app": f"{account}/zeus-dev-zeus-api-deploy",
        "build:migrations": f"{account}/zeus-dev-zeus-api-deploy",
        **{f"plan:{name}": f"{account}/zeus-{name}-zeus-api-plan" for name in ("dev", "prod")},
        **{
            f"{step}:{name}": f"{account}/zeus-{name}-zeus-api-deploy"
            for name in ("dev", "prod")
            for step in ("migrate", "deploy", "verify")
        },
    }
    for job in jobs.values():
        assert job.get("id_tokens", {"AWS_ID_TOKEN": {"aud": "https://gitlab.com"}}) == {
            "AWS_ID_TOKEN": {"aud": "https://gitlab.com"}
        }


@pytest.mark.parametrize(("processor", "tags"), [("ARM64", ["$BUILD_RUNNER"]), ("X86_64", None)])
def test_arm_images_are_built_on_arm(processor: str, tags: list[str] | None, shared: NewPipeline) -> None:
    expanded = shared(cpu_architecture=processor).expanded()
    assert expanded["build:app"].get("tags") == tags
    assert expanded["variables"].get("BUILD_RUNNER") == ("saas-linux-small-arm64" if tags else None)


def test_owner_adds_jobs_without_touching_the_kits(pipeline: NewPipeline) -> None:
    it = pipeline()
    local = it.repo / ".gitlab/local.yml"
    local.write_text(
        local.read_text()
        + "\nnightly:\n  stage: verify\n  needs: [verify:prod]\n  extends: .release\n  script: [nightly]\n"
    )
    assert it.jobs("tag")["nightly"] == "on_success"
    assert "nightly" not in it.jobs("merge request")


# ── Which event starts what ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("mode", ["task", "init"])
@pytest.mark.parametrize("environments", ["prod", "dev staging prod"])
def test_merge_request_is_checked_tested_and_planned(mode: str, environments: str, shared: NewPipeline) -> None:
    jobs = shared(migration_mode=mode, environments=environments).jobs("merge request")
    assert jobs == dict.fromkeys(
        {*EVENT_CHECKS["merge request"], *(f"plan:{name}" for name in environments.split())}, "on_success"
    )


@pytest.mark.parametrize(
    ("environments", "event", "automatic"),
    [
        ("prod", "main", set()),
        ("prod", "tag", {"prod"}),
        ("dev prod", "main", {"dev"}),
        ("dev prod", "tag", {"prod"}),
        ("dev staging prod", "main", {"dev"}),
        ("dev staging prod", "tag", {"prod"}),
    ],
)
@pytest.mark.parametrize("mode", ["task", "init"])
def test_deployments_start_by_themselves_or_by_hand(
    mode: str, environments: str, event: Event, automatic: set[str], shared: NewPipeline
) -> None:
    jobs = shared(migration_mode=mode, environments=environments).jobs(event)
    first = "migrate" if mode == "task" else "deploy"
    steps = ("migrate", "deploy", "verify") if mode == "task" else ("deploy", "verify")
    names = environments.split()
    expected = dict.fromkeys({*EVENT_CHECKS[event], *IMAGES, *(f"plan:{name}" for name in names)}, "on_success")
    for name in names:
        for step in steps:
            waits = step == first and name not in automatic
            expected[f"{step}:{name}"] = "manual" if waits else "on_success"
    assert jobs == expected


# ── A run, job by job ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.heavy
def test_tag_deploys_and_a_second_run_builds_nothing(pipeline: NewPipeline) -> None:
    run = (it := pipeline()).run("tag")

    assert run.failed == []
    assert set(run.passed[:5]) == CHECKS
    assert set(run.passed[5:8]) == {*IMAGES, "plan:prod"}
    assert run.passed[8:] == ["migrate:prod", "deploy:prod", "verify:prod"]
    world = it.world.read()
    assert world["images"] == {APP: [it.commit], MIGRATIONS: [it.commit]}
    assert world["parameters"][LIVE_TAG] == [it.commit]
    assert_no_secret(run)
    assert set(map(tuple, world["roles"])) == {
        ("build:app", "zeus-prod-zeus-api-deploy"),
        ("build:migrations", "zeus-prod-zeus-api-deploy"),
        ("plan:prod", "zeus-prod-zeus-api-plan"),
        ("migrate:prod", "zeus-prod-zeus-api-deploy"),
        ("deploy:prod", "zeus-prod-zeus-api-deploy"),
        ("verify:prod", "zeus-prod-zeus-api-deploy"),
    }
    # The migrations ended before the service was touched.
    applies = [call for call in world["calls"] if call[:2] in (["terraform", "apply"], ["aws", "ecs"])]
    assert [call[1] for call in applies[:2]] == ["apply", "ecs"]
    assert applies[1][2] == "run-task"
    targets = [call for call in world["calls"] if call[:2] == ["terraform", "plan"]]
    assert ["-target=terraform_data.migrations" in call for call in targets] == [False, True, False]

    it.world.forget_calls()
    again = it.run("tag")

    assert again.failed == []
    assert it.world.calls("docker", "buildx", "build") == []
    assert "there already" in again.logs["build:app"]
    # The same tag twice would stand twice in the history that a rollback reads.
    assert it.world.read()["parameters"][LIVE_TAG] == [it.commit]


@pytest.mark.heavy
def test_main_waits_for_a_click_with_one_environment(pipeline: NewPipeline) -> None:
    it = pipeline()

    waiting = it.run("main")
    assert waiting.failed == []
    assert waiting.started == {*EVENT_CHECKS["main"], *IMAGES, "plan:prod"}
    assert waiting.waiting == {"migrate:prod", "deploy:prod", "verify:prod"}
    assert it.world.calls("terraform", "apply") == []

    clicked = it.run("main", manual=["migrate:prod"])
    assert clicked.failed == []
    assert clicked.passed[-3:] == ["migrate:prod", "deploy:prod", "verify:prod"]


@pytest.mark.heavy
def test_main_deploys_the_first_of_several_environments(pipeline: NewPipeline) -> None:
    it = pipeline(environments="dev staging prod")
    run = it.run("main")
    assert run.failed == []
    assert run.started == {
        *(EVENT_CHECKS["main"] | IMAGES),
        *("plan:dev", "plan:staging", "plan:prod"),
        *("migrate:dev", "deploy:dev", "verify:dev"),
    }
    assert it.world.read()["states"].keys() == {"dev", "staging", "prod"}
    assert [name for name, state in it.world.read()["states"].items() if state["outputs"]] == ["dev"]


@pytest.mark.heavy
def test_merge_request_plans_with_the_image_that_runs(pipeline: NewPipeline) -> None:
    it = pipeline()
    first = it.run("merge request")
    assert first.failed == []
    assert first.started == {*EVENT_CHECKS["merge request"], "plan:prod"}
    assert 'the plan names the image "not-deployed-yet"' in first.logs["plan:prod"]
    assert "-lock=false" in it.world.calls("terraform", "plan")[0]

    with it.world.change() as world:
        world["parameters"][LIVE_TAG] = ["3f2a9c1"]
    second = it.run("merge request")
    assert second.failed == []
    assert "not-deployed-yet" not in second.text
    assert {role for _, role in it.world.read()["roles"]} == {"zeus-prod-zeus-api-plan"}
    assert_no_secret(second)


@pytest.mark.heavy
def test_failed_migration_stops_the_deployment(pipeline: NewPipeline) -> None:
    it = pipeline()
    with it.world.change() as world:
        world["migration"]["container"] = {"exitCode": 1}
        world["log_lines"]["migrations"] = ['error: migration 2 failed: column "price" does not exist']
    run = it.run("tag")
    assert run.failed == ["migrate:prod"]
    assert not {"deploy:prod", "verify:prod"} & run.started
    log = run.logs["migrate:prod"]
    assert 'column "price" does not exist' in log
    assert "failed in prod with exit code 1" in log
    assert it.world.read()["services"] == {}
    assert LIVE_TAG not in it.world.read()["parameters"]
    assert_no_secret(run)


@pytest.mark.heavy
def test_rollback_by_the_circuit_breaker_fails_the_pipeline(pipeline: NewPipeline) -> None:
    it = pipeline(migration_mode="init")
    assert it.run("tag").failed == []
    it.commit_all("Break it")
    with it.world.change() as world:
        world["breaker"] = {"stopped_reason": "Essential container in task exited", "exit_code": 2}
        world["log_lines"]["app"] = ["DATABASE_PASSWORD is weaker than 12 characters"]
    run = it.run("tag")

    assert run.failed == ["verify:prod"]
    assert "deploy:prod" in run.passed
    log = run.logs["verify:prod"]
    assert "ECS has gone back to zeus-prod-zeus-api:1, and zeus-prod-zeus-api:2 was wanted" in log
    for reason in (
        "deployment failed: tasks failed to start",
        "EssentialContainerExited Essential container in task exited",
        "app: exit code 2",
        "DATABASE_PASSWORD is weaker than 12 characters",
        "make rollback ENVIRONMENT=prod",
    ):
        assert reason in log
    assert it.commit not in it.world.read()["parameters"][LIVE_TAG]
    assert_no_secret(run)


@pytest.mark.heavy
def test_failed_test_stops_before_the_build(pipeline: NewPipeline) -> None:
    it = pipeline()
    with it.world.change() as world:
        world["failing_targets"] = ["test"]
    run = it.run("tag")
    assert run.failed == ["test:app"]
    assert not IMAGES & run.started
    assert it.world.calls("docker") == []


# ── The scripts by themselves ────────────────────────────────────────────────────────────────────────────────────────

SCRIPTS = {
    "apply.sh": 2,
    "build-image.sh": 1,
    "deploy.sh": 1,
    "explain-failure.sh": 1,
    "logs.sh": 1,
    "plan.sh": 1,
    "rollback.sh": 1,
    "run-migrations.sh": 2,
    "status.sh": 1,
    "verify-deployment.sh": 2,
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_script_tells_how_it_is_used(name: str, shared: NewPipeline) -> None:
    done = shared().script(name)
    assert done.returncode == 2
    assert done.stderr.startswith(f"usage: scripts/{name} ")


@pytest.mark.parametrize("name", sorted(SCRIPTS.keys() - {"build-image.sh"}))
def test_script_knows_its_environments(name: str, shared: NewPipeline) -> None:
    done = (it := shared()).script(name, *["nowhere"] * SCRIPTS[name])
    assert done.returncode == 1
    assert 'There is no environment "nowhere". There is: prod' in done.stderr
    assert it.world.calls() == []


def test_image_that_another_pipeline_pushed_meanwhile_is_fine(pipeline: NewPipeline) -> None:
    it = pipeline()
    with it.world.change() as world:
        world["push_refused"] = True
    refused = it.script("build-image.sh", "app", "3f2a9c1")
    assert refused.returncode == 1
    assert "was not built or not pushed" in refused.stderr


def test_image_is_built_for_the_processor_and_named_by_its_commit(pipeline: NewPipeline) -> None:
    it = pipeline(cpu_architecture="ARM64")
    done = it.script(
        "build-image.sh", "migrations", "3f2a9c1", environment={"IMAGE_CACHE": "registry.example.com/cache"}
    )
    assert done.returncode == 0, done.stderr
    (build,) = it.world.calls("docker", "buildx", "build")
    assert build[build.index("--platform") + 1] == "linux/arm64"
    assert build[build.index("--tag") + 1] == f"123456789012.dkr.ecr.us-east-1.amazonaws.com/{MIGRATIONS}:3f2a9c1"
    assert build[-1] == "migrations"
    assert "type=registry,ref=registry.example.com/cache:migrations" in build


def test_migrations_of_an_environment_can_be_repaired(pipeline: NewPipeline) -> None:
    it = pipeline()
    done = it.script("run-migrations.sh", "prod", "3f2a9c1", "force", "3")
    assert done.returncode == 0, done.stderr
    [call] = it.world.calls("aws", "ecs", "run-task")
    [container] = json.loads(call[call.index("--overrides") + 1])["containerOverrides"]
    assert container == {"name": "migrations", "command": ["force", "3"]}


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("migration", "sentences"),
    [
        ({"refused": "RESOURCE:MEMORY"}, ["ECS did not start the migrations", "RESOURCE:MEMORY"]),
        (
            {
                "stopped_reason": "CannotPullContainerError: not found",
                "container": {"reason": "CannotPullContainerError: pull image manifest"},
            },
            [
                "never started",
                "CannotPullContainerError: not found",
                "migrations: CannotPullContainerError: pull image",
            ],
        ),
        ({"container": {"exitCode": 137, "reason": "OutOfMemoryError"}}, ["exit code 137", "OutOfMemoryError"]),
        ({"polls": 1000}, ["still RUNNING", "left running", "run this job again"]),
    ],
)
def test_migrations_that_do_not_end_well(migration: Any, sentences: list[str], pipeline: NewPipeline) -> None:
    it = pipeline()
    with it.world.change() as world:
        world["migration"] |= migration
    limit = "1" if migration.get("polls") else "300"
    done = it.script("run-migrations.sh", "prod", "3f2a9c1", environment={"MIGRATION_TIMEOUT_SECONDS": limit})
    assert done.returncode == 1
    for sentence in sentences:
        assert sentence in done.stderr


@pytest.mark.heavy
def test_deployment_refuses_what_its_plan_did_not_show(pipeline: NewPipeline, tmp_path: Path) -> None:
    it = pipeline()
    plan_folder = {"PLAN_DIR": str(tmp_path / "plan")}
    assert it.script("plan.sh", "prod", "3f2a9c1", environment=plan_folder).returncode == 0
    files = {path.name for path in (tmp_path / "plan").iterdir()}
    assert files == {"prod.actions", "prod.report.json", "prod.txt"}
    assert (tmp_path / "plan/prod.actions").read_text().splitlines() == [
        "create aws_ecs_service.service",
        "create aws_ecs_task_definition.migrations[0]",
        "create aws_ecs_task_definition.service",
    ]
    report = json.loads((tmp_path / "plan/prod.report.json").read_text())
    assert report == {"create": 3, "update": 0, "delete": 0}
    for file in (tmp_path / "plan").iterdir():
        assert SECRETS["plan_secret"] not in file.read_text()

    with it.world.change() as world:
        world["drift"] = [["aws_lb_target_group.service"], ["aws_lb_target_group.service"]]
    refused = it.script("deploy.sh", "prod", "3f2a9c1", environment=plan_folder)
    assert refused.returncode == 1
    assert "delete aws_lb_target_group.service" in refused.stderr
    assert "Run the job plan:prod again" in refused.stderr
    assert it.world.calls("terraform", "apply") == []


@pytest.mark.heavy
def test_refused_apply_is_explained(pipeline: NewPipeline) -> None:
    it = pipeline()
    with it.world.change() as world:
        world["apply_refused"] = "Error: waiting for ECS Service to reach steady state"
    done = it.script("deploy.sh", "prod", "3f2a9c1")
    assert done.returncode == 1
    assert "steady state" in done.stderr
    assert "The last events of zeus-prod-zeus-api" in done.stdout
    assert "go back with: make rollback ENVIRONMENT=prod" in done.stderr


@pytest.mark.heavy
def test_verification_gives_up_after_its_limit(pipeline: NewPipeline) -> None:
    it = _deployed(pipeline, "3f2a9c1")
    with it.world.change() as world:
        world["unready"] = 10_000
    started = time.monotonic()
    done = it.script("verify-deployment.sh", "prod", "3f2a9c1", environment={"READY_TIMEOUT_SECONDS": "1"})
    assert time.monotonic() - started < 60
    assert done.returncode == 1
    assert "https://prod.example.com/health/ready did not answer with 200 within 1 seconds" in done.stderr
    assert "the database is not reached" in done.stderr
    assert LIVE_TAG not in it.world.read()["parameters"]


def test_verification_takes_at_most_five_minutes_unless_told_otherwise(zeus: Path) -> None:
    assert "READY_TIMEOUT_SECONDS:-300}" in (zeus / "scripts/verify-deployment.sh").read_text()


@pytest.mark.heavy
def test_verification_wants_running_tasks(pipeline: NewPipeline) -> None:
    it = pipeline()
    with it.world.change() as world:
        world["running_count"] = 0
    assert it.script("deploy.sh", "prod", "3f2a9c1").returncode == 0
    done = it.script("verify-deployment.sh", "prod", "3f2a9c1", environment={"ROLLOUT_TIMEOUT_SECONDS": "1"})
    assert done.returncode == 1
    assert "did not become steady in prod: IN_PROGRESS 0 of 1" in done.stderr


@pytest.mark.heavy
def test_verification_leaves_alone_what_another_pipeline_deployed(pipeline: NewPipeline) -> None:
    done = _deployed(pipeline, "newer").script("verify-deployment.sh", "prod", "older")
    assert done.returncode == 1
    assert "prod was to run older, and newer was deployed since" in done.stderr


@pytest.mark.heavy
def test_rollback_deploys_the_image_that_was_verified_before(pipeline: NewPipeline) -> None:
    it = _deployed(pipeline, "first", verified=True)
    _deploy(it, "second", verified=True)
    done = it.script("rollback.sh", "prod")
    assert done.returncode == 0, done.stderr
    assert "Going back in prod from second to first" in done.stderr
    world = it.world.read()
    assert world["definitions"][world["services"]["zeus-prod-zeus-api"]["taskDefinition"]].endswith(":first")
    assert world["parameters"][LIVE_TAG] == ["first", "second", "first"]


@pytest.mark.heavy
def test_rollback_of_a_deployment_that_was_never_verified(pipeline: NewPipeline) -> None:
    it = _deployed(pipeline, "first", verified=True)
    _deploy(it, "second", verified=True)
    _deploy(it, "broken", verified=False)
    done = it.script("rollback.sh", "prod")
    assert done.returncode == 0, done.stderr
    assert "from broken to second" in done.stderr
    assert it.world.read()["parameters"][LIVE_TAG] == ["first", "second"]


@pytest.mark.heavy
def test_rollback_to_an_image_by_name(pipeline: NewPipeline) -> None:
    it = _deployed(pipeline, "first", verified=True)
    done = it.script("rollback.sh", "prod", "gone")
    assert done.returncode == 1
    assert "The image app:gone is no longer in ECR" in done.stderr
    with it.world.change() as world:
        for tags in world["images"].values():
            tags.append("kept")
    assert it.script("rollback.sh", "prod", "kept").returncode == 0


@pytest.mark.heavy
@pytest.mark.parametrize("verified", [True, False])
def test_rollback_without_a_past(verified: bool, pipeline: NewPipeline) -> None:
    done = _deployed(pipeline, "first", verified=verified).script("rollback.sh", "prod")
    assert done.returncode == 1
    assert "as in: make rollback ENVIRONMENT=prod TAG=3f2a9c1" in done.stderr


@pytest.mark.heavy
def test_status_tells_what_runs(pipeline: NewPipeline) -> None:
    done = _deployed(pipeline, "3f2a9c1", verified=True).script("status.sh", "prod")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "service   zeus-prod-zeus-api on zeus-prod",
        "image     3f2a9c1",
        "verified  3f2a9c1",
        "tasks     1 running, 0 starting, 1 wanted",
        "rollout   PRIMARY zeus-prod-zeus-api:1 COMPLETED",
        "ready     https://api.getthedeck.com/health/ready answers 200",
        "events",
        "  2026-11-21T02:00:00Z  (service zeus-prod-zeus-api) has reached a steady state.",
    ]


def test_status_before_the_first_deployment(pipeline: NewPipeline) -> None:
    done = pipeline().script("status.sh", "prod")
    assert done.returncode == 1
    assert "the first deployment makes it" in done.stderr


def test_logs_follow_the_log_group(pipeline: NewPipeline) -> None:
    it = pipeline()
    assert it.script("logs.sh", "prod", "1h").returncode == 0
    (call,) = it.world.calls("aws", "logs", "tail")
    assert call[3:] == ["/zeus/prod/zeus-api", "--follow", "--since", "1h", "--format", "short"]


@pytest.mark.heavy
def test_aws_knows_every_call_of_the_scripts(pipeline: NewPipeline) -> None:
    it = _deployed(pipeline, "first", verified=True)
    assert it.script("run-migrations.sh", "prod", "first").returncode == 0
    assert it.script("build-image.sh", "app", "second").returncode == 0
    assert it.script("build-image.sh", "migrations", "second").returncode == 0
    with it.world.change() as world:
        world["breaker"] = {"stopped_reason": "Essential container in task exited", "exit_code": 2}
    assert it.script("deploy.sh", "prod", "second").returncode == 0
    assert it.script("verify-deployment.sh", "prod", "second").returncode == 1
    for script in ("status.sh", "logs.sh"):
        assert it.script(script, "prod").returncode == 0
    with it.world.change() as world:
        world["breaker"] = None
    assert it.script("rollback.sh", "prod").returncode == 0

    calls = it.world.calls("aws")
    assert len({(service, operation) for _, service, operation, *_ in calls}) == 12
    for _, service, operation, *arguments in calls:
        if (service, operation) in AWS_CUSTOMIZATIONS:
            continue
        model = botocore.session.get_session().get_service_model(service)
        names = {xform_name(name, "-"): name for name in model.operation_names}
        assert operation in names, f"aws {service} {operation}"
        shape = model.operation_model(names[operation]).input_shape
        known = {f"--{xform_name(name, '-')}": name for name in shape.members}
        given = {argument for argument in arguments if argument.startswith("--")}
        assert given <= known.keys() | {"--output", "--query", "--max-items"}, f"aws {service} {operation}: {given}"
        required = {option for option, name in known.items() if name in shape.required_members}
        assert required <= given, f"aws {service} {operation} lacks {required - given}"


# ── Helpers ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def assert_no_secret(run: Run) -> None:
    for name, value in SECRETS.items():
        assert value not in run.text, f"{name} stands in a log"


def _deployed(pipeline: NewPipeline, tag: str, *, verified: bool = False) -> Pipeline:
    it = pipeline()
    with it.world.change() as world:
        world["unready"] = 0
    _deploy(it, tag, verified=verified)
    return it


def _deploy(it: Pipeline, tag: str, *, verified: bool) -> None:
    with it.world.change() as world:
        for tags in world["images"].values():
            tags.append(tag)
    assert it.script("deploy.sh", "prod", tag).returncode == 0
    if verified:
        assert it.script("verify-deployment.sh", "prod", tag).returncode == 0


def _jobs(it: Pipeline) -> dict[str, dict[str, Any]]:
    """Every job, with what it inherits."""
    return {name: job for name, job in it.expanded().items() if isinstance(job, dict) and "script" in job}
