"""Rendered services, applied by the real provider to a simulated AWS on which a small platform stands."""

import base64
import json
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from tests.conftest import Render
from tests.support.aws import SimulatedAws
from tests.support.state_server import State, StateServer
from tests.support.terraform import Terraform, run, sentence
from tests.support.tools import require

pytestmark = pytest.mark.heavy

Platform = dict[str, Any]


@dataclass
class Service:
    """A rendered service and the GitLab project that deploys it."""

    name: str
    folder: Path
    project: int
    environment: dict[str, str]
    states: StateServer

    def job(self, script: str, *arguments: str, exits: int | None = 0) -> CompletedProcess[str]:
        """One of the service's scripts in a job of the project."""
        return run([f"scripts/{script}.sh", "prod", *arguments], self.folder, self.environment, exits)

    def terraform(self, *arguments: str, exits: int | None = 0) -> CompletedProcess[str]:
        return self.job("terraform", *arguments, exits=exits)

    def deploy(self, image_tag: str) -> None:
        self.terraform("apply", "-auto-approve", f"-var=image_tag={image_tag}")

    def refusal(self) -> str:
        """What Terraform says when it refuses to plan."""
        return sentence(self.terraform("plan", "-var=image_tag=aaa1111", exits=1).stderr)

    @property
    def state(self) -> State:
        return self.states.state(self.project, "prod")


@pytest.fixture(scope="module")
def make_service(
    render: Render,
    platform: Platform,  # noqa: ARG001 – has to stand
    simulated_aws: SimulatedAws,
    state_server: StateServer,
    terraform: Terraform,
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[..., Service]:
    require("jq")
    projects = count(1)

    def make(name: str, **answers: Any) -> Service:
        host_name = "api.getthedeck.com" if name == "zeus-api" else f"{name}.getthedeck.com"
        rendered = render({"project_name": name, "host_name": host_name, "git_path": f"acme/{name}", **answers})
        folder = shutil.copytree(rendered, tmp_path_factory.mktemp(name) / name)
        terraform.lock_for_this_machine(folder / "infra")
        project = next(projects)
        environment = {
            **terraform.environment,
            **simulated_aws.environment,
            **state_server.job(project),
            "PLAN_DIR": "plan",
        }
        return Service(name, folder, project, environment, state_server)

    return make


@pytest.fixture(scope="module")
def zeus_api(make_service: Callable[..., Service]) -> Iterator[Service]:
    """`examples/zeus.yml`, deployed as the pipeline does it: first what migrations need, then all."""
    service = make_service("zeus-api")
    service.terraform("apply", "-auto-approve", "-var=image_tag=aaa1111", "-target=terraform_data.migrations")
    assert "aws_ecs_service.service" not in service.state.resources
    service.deploy("aaa1111")
    yield service
    service.terraform("destroy", "-auto-approve")


def family(service: Service) -> str:
    return f"zeus-prod-{service.name}"


def registered(aws: SimulatedAws, wanted: str) -> dict[str, Any]:
    """The newest task definition of a family, as Terraform sent it."""
    return [call for call in aws.calls("RegisterTaskDefinition") if call["family"] == wanted][-1]


def container(definition: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = {one["name"]: one for one in definition["containerDefinitions"]}[name]
    return found


def strategy(sent: dict[str, Any]) -> dict[str, tuple[int, int]]:
    """Capacity providers with base and weight; a zero is not sent."""
    entries = sent["capacityProviderStrategy"]
    return {entry["capacityProvider"]: (entry.get("base", 0), entry.get("weight", 0)) for entry in entries}


# ── What is made ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_second_plan_changes_nothing(zeus_api: Service) -> None:
    tag = zeus_api.state.outputs["image_tag"]
    zeus_api.terraform("plan", "-detailed-exitcode", f"-var=image_tag={tag}")


def test_images_come_by_tag_from_the_platforms_repositories(zeus_api: Service, simulated_aws: SimulatedAws) -> None:
    tag = zeus_api.state.outputs["image_tag"]
    registry = "123456789012.dkr.ecr.us-east-1.amazonaws.com/zeus/zeus-api"
    app = container(registered(simulated_aws, "zeus-prod-zeus-api"), "app")
    migrations = container(registered(simulated_aws, "zeus-prod-zeus-api-migrations"), "migrations")
    assert app["image"] == f"{registry}/app:{tag}"
    assert migrations["image"] == f"{registry}/migrations:{tag}"


def test_containers_are_locked_down(zeus_api: Service, simulated_aws: SimulatedAws) -> None:
    for name, wanted in (("app", family(zeus_api)), ("migrations", f"{family(zeus_api)}-migrations")):
        sent = container(registered(simulated_aws, wanted), name)
        assert sent["readonlyRootFilesystem"] is True
        assert sent["user"].split(":")[0] not in ("", "0", "root")
        assert sent["linuxParameters"]["initProcessEnabled"] is True
        assert sent["stopTimeout"] >= 30
        assert sent["logConfiguration"]["options"]["awslogs-group"] == "/zeus/prod/zeus-api"


def test_containers_get_settings_as_text_and_secrets_by_reference(
    zeus_api: Service, simulated_aws: SimulatedAws, platform: Platform
) -> None:
    secret = platform["secret_arns"]["zeus-api"]
    app = container(registered(simulated_aws, family(zeus_api)), "app")
    assert {item["name"]: item["value"] for item in app["environment"]} == {
        "PORT": "8080",
        "ENVIRONMENT": "prod",
        "LOG_LEVEL": "info",
        "DATABASE_HOST": "database.zeus-prod.internal",
        "DATABASE_PORT": "5432",
        "DATABASE_NAME": "zeus_api",
        "DATABASE_SSL_MODE": "require",
    }
    assert {item["name"]: item["valueFrom"] for item in app["secrets"]} == {
        "DATABASE_USER": f"{secret}:username::",
        "DATABASE_PASSWORD": f"{secret}:password::",
    }


def test_no_secret_value_is_in_state_plan_or_task_definition(
    zeus_api: Service, simulated_aws: SimulatedAws, platform: Platform
) -> None:
    answer = simulated_aws.client("secretsmanager").get_secret_value(SecretId=platform["secret_arns"]["zeus-api"])
    password = json.loads(answer["SecretString"])["password"]
    assert len(password) >= 32
    zeus_api.terraform("plan", "-out=saved.tfplan", "-var=image_tag=bbb2222")
    plan = zeus_api.terraform("show", "-json", "saved.tfplan").stdout
    for place in (*zeus_api.state.versions, plan, json.dumps(simulated_aws.calls("RegisterTaskDefinition"))):
        assert password not in place
        assert base64.b64encode(password.encode()).decode() not in place


def test_the_execution_role_reads_only_what_is_the_services_own(
    zeus_api: Service, simulated_aws: SimulatedAws, platform: Platform
) -> None:
    iam = simulated_aws.client("iam")
    name = f"{family(zeus_api)}-execution"
    role = iam.get_role(RoleName=name)["Role"]
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"].endswith(":policy/zeus-prod-service-boundary")
    assert iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"] == []
    assert iam.list_role_policies(RoleName=name)["PolicyNames"] == ["execution"]
    policy = iam.get_role_policy(RoleName=name, PolicyName="execution")["PolicyDocument"]
    statements = {statement["Sid"]: statement for statement in policy["Statement"]}
    # IAM knows secrets as a whole: the bare ARN, without the key that ECS takes after it.
    assert statements["ReadTheSecrets"]["Resource"] == platform["secret_arns"]["zeus-api"]
    assert sorted(statements["PullTheImages"]["Resource"]) == [
        "arn:aws:ecr:us-east-1:123456789012:repository/zeus/zeus-api/app",
        "arn:aws:ecr:us-east-1:123456789012:repository/zeus/zeus-api/migrations",
    ]
    assert (
        statements["WriteTheLogs"]["Resource"] == "arn:aws:logs:us-east-1:123456789012:log-group:/zeus/prod/zeus-api:*"
    )
    wide = [sid for sid, statement in statements.items() if statement["Resource"] == "*"]
    assert wide == ["LogInToTheRegistry"]


def test_the_task_role_may_do_nothing(zeus_api: Service, simulated_aws: SimulatedAws) -> None:
    iam = simulated_aws.client("iam")
    name = f"{family(zeus_api)}-task"
    assert iam.get_role(RoleName=name)["Role"]["PermissionsBoundary"]
    assert iam.list_role_policies(RoleName=name)["PolicyNames"] == []
    assert iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"] == []


def test_the_service_deploys_carefully(zeus_api: Service, simulated_aws: SimulatedAws, platform: Platform) -> None:
    [sent] = [call for call in simulated_aws.calls("CreateService") if call["serviceName"] == family(zeus_api)]
    assert sent["deploymentConfiguration"]["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}
    assert sent["deploymentConfiguration"]["minimumHealthyPercent"] == 100
    assert sent["healthCheckGracePeriodSeconds"] >= 60
    assert sent["propagateTags"] == "SERVICE"
    assert strategy(sent) == {"FARGATE": (0, 1)}
    network = sent["networkConfiguration"]["awsvpcConfiguration"]
    documents = platform["documents"]
    # The platform's egress is "public": without NAT, a task has an address of its own.
    assert network["assignPublicIp"] == "ENABLED"
    assert sorted(network["subnets"]) == sorted(documents["v1/network"]["public_subnet_ids"])
    assert documents["v1/database"]["client_security_group_id"] in network["securityGroups"]


def test_requests_come_from_the_load_balancer_only(
    zeus_api: Service, simulated_aws: SimulatedAws, platform: Platform
) -> None:
    groups = json.loads(zeus_api.state.outputs["migrations"]["network_configuration"])["awsvpcConfiguration"][
        "securityGroups"
    ]
    [own] = set(groups) - {platform["documents"]["v1/database"]["client_security_group_id"]}
    rules = simulated_aws.client("ec2").describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [own]}])
    [ingress] = [rule for rule in rules["SecurityGroupRules"] if not rule["IsEgress"]]
    assert ingress["ReferencedGroupInfo"]["GroupId"] == platform["documents"]["v1/edge"]["security_group_id"]
    assert (ingress["FromPort"], ingress["ToPort"]) == (8080, 8080)


def test_outputs_are_enough_to_run_the_migrations(zeus_api: Service, simulated_aws: SimulatedAws) -> None:
    migrations = json.loads(zeus_api.terraform("output", "-json", "migrations").stdout)
    answer = simulated_aws.client("ecs").run_task(
        cluster=migrations["cluster"],
        taskDefinition=migrations["task_definition"],
        launchType="FARGATE",
        networkConfiguration=json.loads(migrations["network_configuration"]),
    )
    [task] = answer["tasks"]
    assert task["taskDefinitionArn"] == migrations["task_definition"]


# ── Deployments ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_another_tag_rolls_the_service_to_another_task_definition(
    zeus_api: Service, simulated_aws: SimulatedAws
) -> None:
    before = zeus_api.state.outputs["task_definition_arn"]
    updates = len(simulated_aws.calls("UpdateService"))
    # As the pipeline does it: a plan for people, the migrations' part of it, then all of it and nothing else.
    zeus_api.job("plan", "ccc3333", "-lock=false")
    zeus_api.job("apply", "ccc3333", "-target=terraform_data.migrations")
    assert len(simulated_aws.calls("UpdateService")) == updates
    assert zeus_api.state.outputs["task_definition_arn"] == before
    zeus_api.job("apply", "ccc3333")
    after = zeus_api.state.outputs["task_definition_arn"]
    assert after != before
    ecs = simulated_aws.client("ecs")
    [running] = ecs.describe_services(cluster="zeus-prod", services=[family(zeus_api)])["services"]
    assert running["taskDefinition"] == after
    assert container(registered(simulated_aws, family(zeus_api)), "app")["image"].endswith("/app:ccc3333")
    sent = simulated_aws.calls("UpdateService")[updates:]
    assert [call["taskDefinition"] for call in sent] == [after]
    assert "desiredCount" not in sent[0], "the count belongs to autoscaling"


def test_the_count_that_autoscaling_chose_survives_a_deployment(zeus_api: Service, simulated_aws: SimulatedAws) -> None:
    ecs = simulated_aws.client("ecs")
    ecs.update_service(cluster="zeus-prod", service=family(zeus_api), desiredCount=3)
    zeus_api.deploy("ddd4444")
    [running] = ecs.describe_services(cluster="zeus-prod", services=[family(zeus_api)])["services"]
    assert running["desiredCount"] == 3


def test_the_state_is_locked_while_it_changes_and_closed_to_strangers(zeus_api: Service) -> None:
    calls = zeus_api.state.calls
    assert calls.index("LOCK") < calls.index("WRITE") < calls.index("UNLOCK")
    assert calls.count("LOCK") == calls.count("UNLOCK")
    assert zeus_api.state.lock is None

    zeus_api.state.lock = {"ID": "somebody-else"}
    try:
        refused = zeus_api.terraform("plan", "-var=image_tag=aaa1111", exits=1)
    finally:
        zeus_api.state.lock = None
    assert "already locked: ID=somebody-else" in refused.stderr

    stranger = {**zeus_api.environment, "CI_JOB_TOKEN": "something-else"}
    refused = run(["scripts/terraform.sh", "prod", "plan", "-var=image_tag=aaa1111"], zeus_api.folder, stranger, None)
    assert refused.returncode != 0
    assert "something-else" not in refused.stdout + refused.stderr


# ── The contract ─────────────────────────────────────────────────────────────────────────────────────────────────────


Change = Callable[[dict[str, Any]], str | dict[str, Any]]


@contextmanager
def published(aws: SimulatedAws, platform: Platform, changes: dict[str, Change | None]) -> Iterator[None]:
    """Other values of some documents, or none, until the end of the block."""
    ssm = aws.client("ssm")
    for document, change in changes.items():
        name = f"/zeus/prod/{document}"
        if change is None:
            ssm.delete_parameter(Name=name)
            continue
        value = change(platform["documents"][document])
        text = value if isinstance(value, str) else json.dumps(value)
        ssm.put_parameter(Name=name, Value=text, Type="String", Overwrite=True)
    try:
        yield
    finally:
        for document in changes:
            text = json.dumps(platform["documents"][document])
            ssm.put_parameter(Name=f"/zeus/prod/{document}", Value=text, Type="String", Overwrite=True)


def having(**values: Any) -> Change:
    return lambda document: {**document, **values}


def capable_of(**values: Any) -> Change:
    return lambda document: {**document, "capabilities": {**document["capabilities"], **values}}


def lacking(field: str) -> Change:
    return lambda document: {key: value for key, value in document.items() if key != field}


@pytest.mark.parametrize(
    ("changes", "sentences"),
    [
        pytest.param(
            {
                "v1/network": having(schema_version=2),
                "services/zeus-api": having(schema_version=0),
                "v1/edge": lambda _: {"hello": "world"},
                "v1/database": lambda _: "[1, 2]",
                "v1/cluster": None,
            },
            [
                "there is a newer one in /zeus/prod/v1/network. Bring this repository up to date",
                "there is an older one in /zeus/prod/services/zeus-api. Bring the platform up to date",
                "no schema_version in /zeus/prod/v1/edge, so something else than the platform wrote there",
                "no JSON object in /zeus/prod/v1/cluster, /zeus/prod/v1/database. Apply the platform",
            ],
            id="documents of another kind",
        ),
        pytest.param(
            {"v1/edge": lambda _: '{"schema_version": 1, '},
            ["no JSON object in /zeus/prod/v1/edge. Apply the platform"],
            id="corrupt document",
        ),
        pytest.param(
            {
                "v1/database": lacking("host"),
                "v1/edge": having(https_listener_arn="vpc-0123"),
            },
            [
                'Platform "zeus", environment "prod" does not say: database.host. Add these fields',
                "gives values of another kind than expected: edge.https_listener_arn",
            ],
            id="fields",
        ),
        pytest.param(
            {
                "v1/cluster": capable_of(
                    launch_types=["EC2"],
                    capacity_providers=["ec2"],
                    network_modes=["bridge"],
                    cpu_architectures=["ARM64"],
                ),
                "v1/database": capable_of(engine="mysql"),
                "v1/edge": lambda edge: {
                    **edge,
                    "capabilities": {"ingress": ["api-gateway"]},
                    "certificate_domains": ["example.org", "*.com"],
                },
                "v1/network": capable_of(egress="carrier-pigeon"),
            },
            [
                "runs EC2, and this service needs FARGATE. Add Fargate to the platform's cluster",
                "has the capacity providers ec2, and this service needs FARGATE",
                "has the network modes bridge, and Fargate needs awsvpc",
                "runs the processors ARM64, and this service's images are for X86_64",
                'has a database of the engine "mysql", and this service needs postgres',
                "lets requests in by api-gateway, and this service needs an alb",
                "has a certificate for example.org, *.com, which does not cover api.getthedeck.com",
                'has the egress "carrier-pigeon", and this service knows public, nat and endpoints',
            ],
            id="capabilities",
        ),
    ],
)
def test_a_contract_that_does_not_fit_is_refused_in_sentences(
    zeus_api: Service,
    simulated_aws: SimulatedAws,
    platform: Platform,
    changes: dict[str, Change | None],
    sentences: list[str],
) -> None:
    with published(simulated_aws, platform, changes):
        refusal = zeus_api.refusal()
    for words in sentences:
        assert words in refusal
    assert refusal.count("Error:") == len(sentences), refusal


def test_a_service_that_the_platform_does_not_know_is_refused_by_name(make_service: Callable[..., Service]) -> None:
    stranger = make_service("stranger")
    assert "/zeus/prod/services/stranger" in stranger.refusal()
    assert stranger.state.versions == []


# ── Several services on one platform, in other shapes ────────────────────────────────────────────────────────────────


STRIPE = "arn:aws:secretsmanager:us-east-1:123456789012:secret:stripe-AbCdEf"
OWNERS_FILE = f"""
locals {{
  environment = {{ CORS_ALLOWED_ORIGINS = "https://www.getthedeck.com", LOG_LEVEL = "debug" }}
  secrets     = {{ STRIPE_KEY = "{STRIPE}:api_key::" }}
}}

data "aws_iam_policy_document" "uploads" {{
  statement {{
    actions   = ["s3:PutObject"]
    resources = ["arn:aws:s3:::uploads/*"]
  }}
}}

resource "aws_iam_role_policy" "uploads" {{
  name   = "uploads"
  role   = aws_iam_role.task.id
  policy = data.aws_iam_policy_document.uploads.json
}}
"""


@pytest.fixture(scope="module")
def two_at_once(make_service: Callable[..., Service], platform: Platform) -> Iterator[tuple[Service, Service]]:
    """Two services, deployed in the same moment.

    The first is all that zeus is not. The second gets its contract by variable, and its owner made use of what is left
    to owners.
    """
    orders = make_service(
        "orders",
        migration_mode="init",
        compute="fargate-spot",
        cpu_architecture="ARM64",
        scaling="2-10",
        environments="dev prod",
    )
    billing = make_service("billing", scaling="1")
    given = {
        document.removeprefix("v1/"): value
        for document, value in platform["documents"].items()
        if document.startswith("v1/")
    }
    given["service"] = platform["documents"]["services/billing"]
    (billing.folder / "infra/platform.auto.tfvars.json").write_text(json.dumps({"platform_contract": given}))
    (billing.folder / "infra/service.tf").write_text(OWNERS_FILE)
    (billing.folder / "infra/shell.auto.tfvars").write_text("enable_execute_command = true\n")
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda service: service.deploy("aaa1111"), (orders, billing)))
    yield orders, billing
    for service in (orders, billing):
        if service.state.resources:
            service.terraform("destroy", "-auto-approve")


def test_services_that_are_deployed_at_once_get_rules_of_their_own(
    two_at_once: tuple[Service, Service], simulated_aws: SimulatedAws, platform: Platform
) -> None:
    rules = simulated_aws.client("elbv2").describe_rules(
        ListenerArn=platform["documents"]["v1/edge"]["https_listener_arn"]
    )
    found = {
        host: rule["Priority"]
        for rule in rules["Rules"]
        for condition in rule["Conditions"]
        for host in condition["HostHeaderConfig"]["Values"]
    }
    hosts = [f"{service.name}.getthedeck.com" for service in two_at_once]
    assert all(host in found for host in hosts)
    assert found[hosts[0]] != found[hosts[1]]


def test_every_shape_plans_empty_a_second_time(two_at_once: tuple[Service, Service]) -> None:
    for service in two_at_once:
        service.terraform("plan", "-detailed-exitcode", "-var=image_tag=aaa1111")


def test_an_init_container_migrates_before_the_application_starts(
    two_at_once: tuple[Service, Service], simulated_aws: SimulatedAws
) -> None:
    orders, _ = two_at_once
    sent = registered(simulated_aws, family(orders))
    assert container(sent, "migrations")["essential"] is False
    assert container(sent, "app")["essential"] is True
    assert container(sent, "app")["dependsOn"] == [{"containerName": "migrations", "condition": "SUCCESS"}]
    assert sent["runtimePlatform"]["cpuArchitecture"] == "ARM64"
    families = {call["family"] for call in simulated_aws.calls("RegisterTaskDefinition")}
    assert f"{family(orders)}-migrations" not in families
    assert orders.state.outputs.get("migrations") is None


def test_spot_keeps_the_first_task_on_demand(two_at_once: tuple[Service, Service], simulated_aws: SimulatedAws) -> None:
    orders, _ = two_at_once
    [sent] = [call for call in simulated_aws.calls("CreateService") if call["serviceName"] == family(orders)]
    assert strategy(sent) == {"FARGATE": (1, 0), "FARGATE_SPOT": (0, 1)}
    assert sent["desiredCount"] == 2


def test_a_service_scales_only_where_it_has_room(
    two_at_once: tuple[Service, Service], simulated_aws: SimulatedAws
) -> None:
    targets = simulated_aws.client("application-autoscaling").describe_scalable_targets(ServiceNamespace="ecs")
    limits = {
        target["ResourceId"]: (target["MinCapacity"], target["MaxCapacity"]) for target in targets["ScalableTargets"]
    }
    orders, billing = two_at_once
    assert limits[f"service/zeus-prod/{family(orders)}"] == (2, 10)
    assert f"service/zeus-prod/{family(billing)}" not in limits


def test_a_contract_that_is_given_by_variable_is_not_looked_up(two_at_once: tuple[Service, Service]) -> None:
    _, billing = two_at_once
    read = [entry["type"] for entry in billing.state.current["resources"] if entry["mode"] == "data"]
    assert not [kind for kind in read if kind.startswith("aws_ssm")]


def test_an_owner_adds_settings_secrets_and_permissions(
    two_at_once: tuple[Service, Service], simulated_aws: SimulatedAws, platform: Platform
) -> None:
    _, billing = two_at_once
    app = container(registered(simulated_aws, family(billing)), "app")
    settings = {item["name"]: item["value"] for item in app["environment"]}
    assert (settings["CORS_ALLOWED_ORIGINS"], settings["LOG_LEVEL"]) == ("https://www.getthedeck.com", "debug")
    assert {"name": "STRIPE_KEY", "valueFrom": f"{STRIPE}:api_key::"} in app["secrets"]
    migrations = container(registered(simulated_aws, f"{family(billing)}-migrations"), "migrations")
    assert {item["name"] for item in migrations["secrets"]} == {"DATABASE_USER", "DATABASE_PASSWORD"}

    iam = simulated_aws.client("iam")
    policy = iam.get_role_policy(RoleName=f"{family(billing)}-execution", PolicyName="execution")["PolicyDocument"]
    [secrets] = [statement["Resource"] for statement in policy["Statement"] if statement["Sid"] == "ReadTheSecrets"]
    assert sorted(secrets) == sorted([STRIPE, platform["secret_arns"]["billing"]])
    assert set(iam.list_role_policies(RoleName=f"{family(billing)}-task")["PolicyNames"]) == {
        "execute-command",
        "uploads",
    }


def test_a_shell_in_a_task_writes_to_three_mounts_only(
    two_at_once: tuple[Service, Service], simulated_aws: SimulatedAws
) -> None:
    orders, billing = two_at_once
    with_shell = registered(simulated_aws, family(billing))
    mounts = {mount["containerPath"] for mount in container(with_shell, "app")["mountPoints"]}
    assert mounts == {"/managed-agents", "/var/lib/amazon/ssm", "/var/log/amazon/ssm"}
    assert container(with_shell, "app")["readonlyRootFilesystem"] is True
    assert not registered(simulated_aws, family(orders)).get("volumes")


def test_destroy_leaves_nothing_of_a_service(two_at_once: tuple[Service, Service], simulated_aws: SimulatedAws) -> None:
    for service in two_at_once:
        service.terraform("destroy", "-auto-approve")
        assert service.state.resources == []
        assert remains(service, simulated_aws) == []


def remains(service: Service, aws: SimulatedAws) -> list[str]:
    """What AWS still has of a service, whatever Terraform believes."""
    ecs, iam, logs = aws.client("ecs"), aws.client("iam"), aws.client("logs")
    elb, ec2 = aws.client("elbv2"), aws.client("ec2")
    names = [
        *ecs.list_services(cluster="zeus-prod")["serviceArns"],
        *ecs.list_task_definitions(status="ACTIVE")["taskDefinitionArns"],
        *(role["RoleName"] for role in iam.list_roles()["Roles"]),
        *(group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]),
        *(group["GroupName"] for group in ec2.describe_security_groups()["SecurityGroups"]),
        *(
            tag["Value"]
            for group in elb.describe_target_groups()["TargetGroups"]
            for description in elb.describe_tags(ResourceArns=[group["TargetGroupArn"]])["TagDescriptions"]
            for tag in description["Tags"]
            if tag["Key"] == "Service"
        ),
    ]
    return [name for name in names if service.name in name]
