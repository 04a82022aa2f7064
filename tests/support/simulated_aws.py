"""A simulated AWS: moto 5.2.1 and what the AWS provider asks beyond it. Run as a program, it prints its address.

    python -m tests.support.simulated_aws JOURNAL

It ends with its standard input, so that it never outlives the test that started it.

Each call to a service that speaks JSON is added to the file JOURNAL, one object a line: what Terraform really sends.
"""

import json
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from botocore import xform_name  # type: ignore[import-untyped]
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.core.responses import ActionResult
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.ecs.models import EC2ContainerServiceBackend, Service, TaskDefinition
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server


def instead_of(owner: type, name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Run the decorated function in place of a method; it gets the plain method first, or None where there was none."""

    def replace(function: Callable[..., Any]) -> Callable[..., Any]:
        plain = getattr(owner, name, None)

        def method(self: Any, *args: Any, **kwargs: Any) -> Any:
            return function(plain, self, *args, **kwargs)

        setattr(owner, name, method)
        return function

    return replace


# ── Application Auto Scaling: tags, without which a target is never ready ────────────────────────────────────────────

_tags: dict[str, dict[str, str]] = {}


@instead_of(ApplicationAutoScalingResponse, "register_scalable_target")
def _register_scalable_target(plain: Callable[..., str], self: ApplicationAutoScalingResponse) -> str:
    answer = plain(self)
    _tags.setdefault(json.loads(answer)["ScalableTargetARN"], {}).update(self._get_param("Tags") or {})
    return answer


@instead_of(ApplicationAutoScalingResponse, "list_tags_for_resource")
def _list_tags_for_resource(_plain: None, self: ApplicationAutoScalingResponse) -> str:
    return json.dumps({"Tags": _tags.get(self._get_param("ResourceARN"), {})})


@instead_of(ApplicationAutoScalingResponse, "tag_resource")
def _tag_resource(_plain: None, self: ApplicationAutoScalingResponse) -> str:
    _tags.setdefault(self._get_param("ResourceARN"), {}).update(self._get_param("Tags") or {})
    return "{}"


@instead_of(ApplicationAutoScalingResponse, "untag_resource")
def _untag_resource(_plain: None, self: ApplicationAutoScalingResponse) -> str:
    for key in self._get_param("TagKeys") or []:
        _tags.get(self._get_param("ResourceARN"), {}).pop(key, None)
    return "{}"


# ── ECS: services that run what they should, and remember what they were told ────────────────────────────────────────

_REMEMBERED = (
    "availabilityZoneRebalancing",
    "capacityProviderStrategy",
    "deploymentConfiguration",
    "enableECSManagedTags",
    "enableExecuteCommand",
    "healthCheckGracePeriodSeconds",
    "placementConstraints",
    "placementStrategy",
)


@instead_of(Service, "__init__")
def _service(plain: Callable[..., None], self: Service, *args: Any, **kwargs: Any) -> None:
    plain(self, *args, **kwargs)
    # Outside awsvpc a service has no network configuration at all; an empty one crashes the provider.
    self.network_configuration = self.network_configuration or None  # type: ignore[assignment]
    for deployment in self.deployments:
        deployment["networkConfiguration"] = self.network_configuration
    _settle(self)


@instead_of(EC2ContainerServiceResponse, "create_service")
def _create_service(plain: Callable[..., ActionResult], self: EC2ContainerServiceResponse) -> ActionResult:
    answer = plain(self)
    _remember(_service_of(answer), self)
    return answer


@instead_of(EC2ContainerServiceResponse, "update_service")
def _update_service(plain: Callable[..., ActionResult], self: EC2ContainerServiceResponse) -> ActionResult:
    answer = plain(self)
    _remember(_service_of(answer), self)
    _settle(_service_of(answer))
    return answer


@instead_of(EC2ContainerServiceBackend, "list_services")
def _list_services(
    plain: Callable[..., list[str]], self: EC2ContainerServiceBackend, *args: Any, **kwargs: Any
) -> list[str]:
    deleted = {service.arn for service in self.services.values() if service.status == "INACTIVE"}
    return [arn for arn in plain(self, *args, **kwargs) if arn not in deleted]


@instead_of(EC2ContainerServiceBackend, "_calculate_task_resource_requirements")
def _requirements(_plain: Any, _self: EC2ContainerServiceBackend, _definition: TaskDefinition) -> dict[str, Any]:
    # On Fargate the task has its memory and its containers need none of their own.
    return {"CPU": 0, "MEMORY": 0, "PORTS": [], "PORTS_UDP": []}


def _service_of(answer: ActionResult) -> Service:
    result: Any = answer.result
    service: Service = result["service"]
    return service


def _remember(service: Service, request: EC2ContainerServiceResponse) -> None:
    for parameter in _REMEMBERED:
        value = request._get_param(parameter)
        if value is not None:
            setattr(service, xform_name(parameter), value)


def _settle(service: Service) -> None:
    """The deployment ended well: all tasks run, and run the wanted task definition."""
    service.running_count, service.pending_count = service.desired_count, 0
    for deployment in service.deployments:
        deployment.update(
            desiredCount=service.desired_count,
            failedTasks=0,
            pendingCount=0,
            rolloutState="COMPLETED",
            rolloutStateReason="ECS deployment completed.",
            runningCount=service.desired_count,
            taskDefinition=service.task_definition,
        )


# ── EC2: a rule that names another security group keeps its description ──────────────────────────────────────────────


def _description(rule: SecurityGroupRule) -> str | None:
    for source in (rule.ip_range, rule.source_group):
        if description := (source or {}).get("Description"):
            return str(description)
    return None


SecurityGroupRule.description = property(_description)  # type: ignore[assignment, method-assign]


# ── The server ───────────────────────────────────────────────────────────────────────────────────────────────────────


class Journal:
    """Notes each JSON call before it is answered."""

    def __init__(self, application: Callable[..., Iterable[bytes]], path: Path) -> None:
        self.application = application
        self.path = path

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        target = environ.get("HTTP_X_AMZ_TARGET")
        if target:
            length = int(environ.get("CONTENT_LENGTH") or 0)
            body = environ["wsgi.input"].read(length)
            environ["wsgi.input"] = _Again(body)
            with self.path.open("a") as journal:
                journal.write(
                    json.dumps({"action": target.rpartition(".")[2], "request": json.loads(body or b"{}")}) + "\n"
                )
        return self.application(environ, start_response)


class _Again:
    """A request body that was read once already."""

    def __init__(self, body: bytes) -> None:
        self.rest = body

    def read(self, size: int = -1) -> bytes:
        size = len(self.rest) if size < 0 else size
        chunk, self.rest = self.rest[:size], self.rest[size:]
        return chunk


def main(journal: Path) -> None:
    moto = DomainDispatcherApplication(create_backend_app)
    server = make_server("127.0.0.1", 0, Journal(moto, journal), threaded=True)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)  # noqa: T201 – the parent reads it
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
