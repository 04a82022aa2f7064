"""Stand-ins for the programs that a pipeline calls: they note how they were called and play one small cloud.

Run as `stand_ins.py WORLD PROGRAM ARGUMENTS…`. WORLD is a JSON file that holds what the cloud knows and what is to go
wrong; `tests/support/pipeline.py` writes it. Nothing here is imported from outside the standard library, because each
call of a program in a job is one start of this file.
"""

import fcntl
import json
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

World = dict[str, Any]

TASK = "arn:aws:ecs:us-east-1:123456789012:task/{cluster}/{id}"
DEFINITION = "arn:aws:ecs:us-east-1:123456789012:task-definition/{family}:{revision}"

# What the plan role may not do.
WRITES = {
    "docker login",
    "ecs run-task",
    "ecs update-service",
    "ssm put-parameter",
    "terraform apply",
    "ecr get-login-password",
}


def main(path: Path, program: str, arguments: list[str]) -> int:
    """Answer one call under a lock, since jobs of one stage run at the same time."""
    # Read first: what writes it may be a stand-in too, and would wait for the lock.
    standard_input = sys.stdin.read() if "--password-stdin" in arguments else ""
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        world: World = json.loads(path.read_text())
        world["calls"].append([program, *arguments])
        world["standard_input"] = standard_input
        try:
            return PROGRAMS.get(program, do_nothing)(world, arguments)
        except Refusal as refusal:
            print(refusal, file=sys.stderr)
            return refusal.exit_code
        finally:
            path.write_text(json.dumps(world, indent=1))


class Refusal(Exception):
    """The program says this on standard error and fails."""

    def __init__(self, sentence: str, exit_code: int = 254) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


def do_nothing(world: World, arguments: list[str]) -> int:
    return 0


def option(arguments: list[str], name: str, default: str | None = None) -> str:
    """The value of `--name value` or `-name=value`."""
    for index, argument in enumerate(arguments):
        if argument == name:
            return arguments[index + 1]
        if argument.startswith(f"{name}="):
            return argument.split("=", 1)[1]
    if default is None:
        raise Refusal(f"{name} is missing", 252)
    return default


def answer(document: object) -> int:
    print(json.dumps(document))
    return 0


def check_identity(world: World, action: str) -> None:
    """Refuse who brings no token, and the plan role where it would change something."""
    file = Path(os.environ.get("AWS_WEB_IDENTITY_TOKEN_FILE", "/none"))
    if not file.is_file() or file.read_text() != world["aws_token"]:
        raise Refusal("Unable to locate credentials", 253)
    if stat.S_IMODE(file.stat().st_mode) != 0o600:
        raise Refusal("The token can be read by others", 253)
    role = os.environ.get("AWS_ROLE_ARN", "")
    world["roles"].append([os.environ.get("CI_JOB_NAME", ""), role.rpartition("/")[2]])
    if role.endswith("-plan") and action in WRITES:
        raise Refusal(f"An error occurred (AccessDenied): {role} may not {action}")


# ── aws ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def aws(world: World, arguments: list[str]) -> int:
    action = " ".join(arguments[:2])
    check_identity(world, action)
    if action not in AWS:
        raise Refusal(f"the stand-in does not know aws {action}", 252)
    return AWS[action](world, arguments)


def get_login_password(world: World, arguments: list[str]) -> int:
    print(world["registry_password"])
    return 0


def describe_images(world: World, arguments: list[str]) -> int:
    repository = option(arguments, "--repository-name")
    tag = option(arguments, "--image-ids").removeprefix("imageTag=")
    if tag not in world["images"][repository]:
        raise Refusal("An error occurred (ImageNotFoundException) when calling the DescribeImages operation")
    return answer({"imageDetails": [{"imageTags": [tag]}]})


def get_parameter(world: World, arguments: list[str]) -> int:
    values = world["parameters"].get(option(arguments, "--name"))
    if not values:
        raise Refusal("An error occurred (ParameterNotFound) when calling the GetParameter operation")
    print(values[-1])
    return 0


def get_parameter_history(world: World, arguments: list[str]) -> int:
    values = world["parameters"].get(option(arguments, "--name"))
    if not values:
        raise Refusal("An error occurred (ParameterNotFound) when calling the GetParameterHistory operation")
    return answer({"Parameters": [{"Version": n, "Value": value} for n, value in enumerate(values, 1)]})


def put_parameter(world: World, arguments: list[str]) -> int:
    world["parameters"].setdefault(option(arguments, "--name"), []).append(option(arguments, "--value"))
    return answer({"Version": 1})


def run_task(world: World, arguments: list[str]) -> int:
    json.loads(option(arguments, "--network-configuration"))
    if world["migration"]["refused"]:
        return answer({"tasks": [], "failures": [{"reason": world["migration"]["refused"]}]})
    task = TASK.format(cluster=option(arguments, "--cluster"), id=f"migration{len(world['tasks']) + 1}")
    world["tasks"][task] = {
        "taskArn": task,
        "taskDefinitionArn": option(arguments, "--task-definition"),
        "polls": world["migration"]["polls"],
        "stoppedReason": world["migration"]["stopped_reason"],
        "containers": [{"name": "migrations", **world["migration"]["container"]}],
    }
    return answer({"tasks": [{"taskArn": task, "lastStatus": "PROVISIONING"}], "failures": []})


def describe_tasks(world: World, arguments: list[str]) -> int:
    start = arguments.index("--tasks") + 1
    found = []
    for arn in arguments[start:]:
        if arn.startswith("--"):
            break
        task = world["tasks"][arn]
        task["polls"] -= 1
        status = "RUNNING" if task["polls"] >= 0 else "STOPPED"
        found.append({**task, "lastStatus": status})
    return answer({"tasks": found, "failures": []})


def list_tasks(world: World, arguments: list[str]) -> int:
    service = option(arguments, "--service-name")
    return answer({"taskArns": [arn for arn, task in world["tasks"].items() if task.get("service") == service]})


def describe_services(world: World, arguments: list[str]) -> int:
    service = world["services"].get(option(arguments, "--services"))
    return answer({"services": [service] if service else []})


def describe_task_definition(world: World, arguments: list[str]) -> int:
    arn = option(arguments, "--task-definition")
    return answer({"taskDefinition": {"containerDefinitions": [{"name": "app", "image": world["definitions"][arn]}]}})


def get_log_events(world: World, arguments: list[str]) -> int:
    container = option(arguments, "--log-stream-name").split("/")[0]
    return answer({"events": [{"message": line} for line in world["log_lines"][container]]})


def logs_tail(world: World, arguments: list[str]) -> int:
    print("\n".join(world["log_lines"]["app"]))
    return 0


AWS: dict[str, Callable[[World, list[str]], int]] = {
    "ecr describe-images": describe_images,
    "ecr get-login-password": get_login_password,
    "ecs describe-services": describe_services,
    "ecs describe-task-definition": describe_task_definition,
    "ecs describe-tasks": describe_tasks,
    "ecs list-tasks": list_tasks,
    "ecs run-task": run_task,
    "logs get-log-events": get_log_events,
    "logs tail": logs_tail,
    "ssm get-parameter": get_parameter,
    "ssm get-parameter-history": get_parameter_history,
    "ssm put-parameter": put_parameter,
}


# ── docker ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def docker(world: World, arguments: list[str]) -> int:
    if arguments[0] == "login":
        if world.pop("standard_input").strip() not in world["passwords"]:
            raise Refusal("unauthorized", 1)
        print("Login Succeeded")
    if arguments[:2] == ["buildx", "build"]:
        registry, _, image = option(arguments, "--tag").partition("/")
        repository, _, tag = image.partition(":")
        tags = world["images"][repository]
        if tag in tags or world["push_refused"]:
            raise Refusal(f"{registry}/{repository}:{tag} was not pushed", 1)
        tags.append(tag)
    return 0


# ── terraform ────────────────────────────────────────────────────────────────────────────────────────────────────────


def terraform(world: World, arguments: list[str]) -> int:
    arguments = [argument for argument in arguments if not argument.startswith("-chdir=")]
    command, rest = arguments[0], arguments[1:]
    if command in ("fmt", "test", "validate") or "-backend=false" in rest:
        return 0
    if os.environ.get("TF_HTTP_PASSWORD") != world["gitlab_token"]:
        raise Refusal("HTTP remote state endpoint requires auth", 1)
    environment = os.environ["TF_HTTP_ADDRESS"].rpartition("/")[2]
    state = world["states"].setdefault(environment, {"serial": 0, "outputs": {}, "revisions": {}})
    if command == "init":
        return 0
    if command == "output":
        return output(state, rest)
    if command == "show":
        return show(json.loads(Path(rest[-1]).read_text()), as_json="-json" in rest)
    check_identity(world, f"terraform {command}")
    if command == "plan":
        return plan(world, environment, state, rest)
    if command == "apply":
        return apply(world, environment, state, Path(rest[-1]))
    raise Refusal(f"the stand-in does not know terraform {command}", 1)


def plan(world: World, environment: str, state: World, arguments: list[str]) -> int:
    if f"-var-file={environment}.tfvars" not in arguments:
        raise Refusal("No value for required variable", 1)
    tag = os.environ["TF_VAR_image_tag"]  # noqa: SIM112 (Terraform's name)
    targeted = "-target=terraform_data.migrations" in arguments
    changes = []
    for address in ("aws_ecs_task_definition.migrations[0]", "aws_ecs_task_definition.service"):
        if targeted and address.endswith(".service"):
            continue
        before = state["revisions"].get(address, {}).get("tag")
        if before != tag:
            changes.append({"address": address, "change": {"actions": ["delete", "create"] if before else ["create"]}})
    if not targeted:
        exists = state["outputs"].get("service_name")
        changes.append(
            {"address": "aws_ecs_service.service", "change": {"actions": ["update" if exists else "create"]}}
        )
        drift = world["drift"].pop(0) if world["drift"] else []
        changes += [{"address": address, "change": {"actions": ["delete"]}} for address in drift]
    changes.append({"address": "data.aws_partition.current", "change": {"actions": ["read"]}})
    changes.append({"address": "aws_security_group.service", "change": {"actions": ["no-op"]}})
    document = {"serial": state["serial"], "tag": tag, "targeted": targeted, "resource_changes": changes}
    Path(option(arguments, "-out")).write_text(json.dumps({**document, "sensitive": world["plan_secret"]}))
    print(f"Plan: {len(changes) - 2} to change.")
    return 0


def show(document: World, *, as_json: bool) -> int:
    if as_json:
        return answer(document)
    print("\n".join(f"  # {change['address']}" for change in document["resource_changes"]))
    return 0


def apply(world: World, environment: str, state: World, file: Path) -> int:
    document = json.loads(file.read_text())
    if document["serial"] != state["serial"]:
        raise Refusal("Error: Saved plan is stale", 1)
    state["serial"] += 1
    if world["apply_refused"] and not document["targeted"]:
        raise Refusal(world["apply_refused"], 1)
    tag, name = document["tag"], f"zeus-{environment}-zeus-api"
    for change in document["resource_changes"]:
        address = change["address"]
        if address.startswith("aws_ecs_task_definition"):
            revision = state["revisions"].get(address, {}).get("revision", 0) + 1
            state["revisions"][address] = {"revision": revision, "tag": tag}
    outputs = state["outputs"]
    migrations = state["revisions"].get("aws_ecs_task_definition.migrations[0]")
    if migrations:
        outputs["migrations"] = {
            "cluster": "zeus-prod",
            "task_definition": DEFINITION.format(family=f"{name}-migrations", revision=migrations["revision"]),
            "container": "migrations",
            "log_group": f"/zeus/{environment}/zeus-api",
            "network_configuration": '{"awsvpcConfiguration":{"subnets":["subnet-1"]}}',
        }
    if not document["targeted"]:
        wanted = DEFINITION.format(
            family=name, revision=state["revisions"]["aws_ecs_task_definition.service"]["revision"]
        )
        world["definitions"][wanted] = f"123456789012.dkr.ecr.us-east-1.amazonaws.com/zeus/zeus-api/app:{tag}"
        outputs |= {
            "cluster_name": "zeus-prod",
            "image_tag": tag,
            "service_name": name,
            "task_definition_arn": wanted,
            "url": f"https://{environment}.example.com",
        }
        roll_out(world, name, wanted)
    print("Apply complete!")
    return 0


def roll_out(world: World, name: str, wanted: str) -> None:
    """Run the new tasks, or go back to the old ones as the circuit breaker does."""
    before = world["services"].get(name, {}).get("taskDefinition")
    breaker = world["breaker"]
    running = before if breaker and before else wanted
    events = [f"(service {name}) has reached a steady state."]
    if breaker:
        events.insert(0, f"(service {name}) (deployment ecs-svc/2) deployment failed: tasks failed to start.")
        task = TASK.format(cluster="zeus-prod", id="stopped1")
        world["tasks"][task] = {
            "taskArn": task,
            "taskDefinitionArn": wanted,
            "service": name,
            "polls": 0,
            "stopCode": "EssentialContainerExited",
            "stoppedReason": breaker["stopped_reason"],
            "containers": [{"name": "app", "exitCode": breaker["exit_code"]}],
        }
    world["services"][name] = {
        "serviceName": name,
        "status": "ACTIVE",
        "taskDefinition": running,
        "runningCount": world["running_count"],
        "pendingCount": 0,
        "desiredCount": 1,
        "deployments": [
            {
                "status": "PRIMARY",
                "taskDefinition": running,
                "rolloutState": "COMPLETED" if world["running_count"] else "IN_PROGRESS",
                "runningCount": world["running_count"],
                "desiredCount": 1,
            }
        ],
        "events": [{"createdAt": "2026-11-21T02:00:00Z", "message": message} for message in events],
    }


def output(state: World, arguments: list[str]) -> int:
    outputs, names = state["outputs"], [argument for argument in arguments if not argument.startswith("-")]
    if not names:
        return answer({name: {"value": value} for name, value in outputs.items()})
    if names[0] not in outputs:
        raise Refusal(f'Output "{names[0]}" not found', 1)
    if "-raw" in arguments:
        print(outputs[names[0]], end="")
        return 0
    return answer(outputs[names[0]])


# ── curl ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def curl(world: World, arguments: list[str]) -> int:
    world["unready"] -= 1
    ready = world["unready"] < 0
    if "--write-out" in arguments:
        print("200" if ready else "503", end="")
        return 0
    if not ready:
        print('{"title":"Not ready","status":503,"detail":"the database is not reached"}')
        raise Refusal("curl: (22) The requested URL returned error: 503", 22)
    return 0


# ── what is only called ──────────────────────────────────────────────────────────────────────────────────────────────


def make(world: World, arguments: list[str]) -> int:
    if " ".join(arguments) in world["failing_targets"]:
        raise Refusal(f"make: *** [{arguments[-1]}] Error 1", 2)
    return 0


PROGRAMS: dict[str, Callable[[World, list[str]], int]] = {
    "aws": aws,
    "curl": curl,
    "docker": docker,
    "make": make,
    "terraform": terraform,
}


def run() -> NoReturn:
    sys.exit(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:]))


if __name__ == "__main__":
    run()
