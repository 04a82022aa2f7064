# One line for each resource that a plan touches, as in: update aws_ecs_service.service
[
  .resource_changes[]?
  | select(.change.actions | . != ["no-op"] and . != ["read"])
  | (.change.actions | join("+")) + " " + .address
]
| sort[]
