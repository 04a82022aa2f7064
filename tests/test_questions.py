"""Answers that can't work are refused with a sentence that names the rule and an example; good ones pass."""

from typing import Any

import pytest

from extensions.derived import host_names, split_environments
from extensions.validation import ENVIRONMENT_NAME_MAX, PLATFORM_NAME_MAX, PROJECT_NAME_MAX
from tests.conftest import Render, example


@pytest.mark.parametrize(
    ("question", "answer", "rule"),
    [
        ("project_name", "Orders", "lowercase letters"),
        ("project_name", "orders-", "as in: orders-api"),
        ("project_name", "or--ders", "as in: orders-api"),
        ("project_name", "1orders", "starts with a letter"),
        ("project_name", "o" * 25, "2 to 24"),
        ("project_name", "postgres", "keeps for itself"),
        ("project_name", "", "2 to 24"),
        ("description", "", "not empty"),
        ("description", " padded", "no space at its ends"),
        ("description", "two\nlines", "one line"),
        ("description", "tab\there", "one line"),
        ("description", "reads \u202e backwards", "writing-direction"),
        ("description", "x" * 301, "at most 300 characters (this one has 301)"),
        ("owner", "a;b", "AWS tags take"),
        ("owner", "x" * 101, "at most 100"),
        ("git_host", "https://gitlab.com", "two or more labels"),
        ("git_path", "orders", "acme/backend/orders"),
        ("git_path", "acme/-orders", "acme/backend/orders"),
        ("platform_name", "a-platform-with-a-long-name", "2 to 16"),
        ("platform_name", "awsome", "neither aws nor ssm"),
        ("aws_account_id", "1234", "12 digits"),
        ("aws_region", "Frankfurt", "eu-central-1"),
        ("environments", "Prod", "dev prod"),
        ("environments", "prod prod", "once"),
        ("environments", "a b c d e f", "At most 5"),
        ("environments", "", "dev prod"),
        ("environments", "local prod", "own machine"),
        ("environments", "on off", "YAML"),
        ("host_name", "orders", "two or more labels"),
        ("host_name", "10.0.0.1", "not an IP address"),
        ("host_name", "o" * 51 + ".example.com", "at most 50"),
        ("size", "256/4096", "Invalid choice"),
        ("features", ["teleport"], "Invalid choice"),
    ],
)
def test_bad_answer_is_refused(render: Render, question: str, answer: Any, rule: str) -> None:
    with pytest.raises(ValueError) as refusal:
        render({question: answer})
    assert rule in str(refusal.value)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("project_name", "a1"),
        ("project_name", "o" * PROJECT_NAME_MAX),
        ("description", "Größe: 5 µm 👩‍👩‍👧 «ok»"),
        ("owner", "Zoë Ångström +1@example.com"),
        ("git_path", "acme/backend/team.one/orders_api"),
        ("environments", "dev, staging, prod"),
        ("aws_region", "us-gov-west-1"),
        ("scaling", "2-10"),
    ],
)
def test_good_answer_is_taken(render: Render, question: str, answer: str) -> None:
    assert (render({question: answer}) / "README.md").exists()


def test_unattended_run_needs_no_answer_at_all(render: Render) -> None:
    assert (render(base=None) / ".copier-answers.yml").exists()


def test_questions_behind_customise_are_recorded(zeus: Any) -> None:
    """A later change of their defaults must not move this service."""
    recorded = (zeus / ".copier-answers.yml").read_text()
    for question in (
        "size: 256/512",
        "scaling: 1-4",
        "compute: fargate",
        "cpu_architecture: X86_64",
        "migration_mode: task",
    ):
        assert question in recorded
    assert set(example("zeus")) <= {line.split(":")[0] for line in recorded.splitlines()}


def test_longest_names_fit_every_aws_limit() -> None:
    platform, environment, project = "p" * PLATFORM_NAME_MAX, "e" * ENVIRONMENT_NAME_MAX, "o" * PROJECT_NAME_MAX
    assert len(f"{platform}-{environment}-{project}-execution") <= 64  # IAM role
    assert len(f"{platform}/{project}/migrations") <= 256  # ECR repository
    assert len(project.replace("-", "_")) <= 63  # PostgreSQL identifier
    assert len(f"{project}-migrations") <= 255  # ECS family


def test_host_names_stay_one_label_below_the_domain() -> None:
    assert host_names("orders.example.com", ["dev", "prod"]) == {
        "dev": "orders-dev.example.com",
        "prod": "orders.example.com",
    }
    assert split_environments("dev, staging prod") == ["dev", "staging", "prod"]
