#!/usr/bin/env bash
# Runs an image's migrations as a one-off task and waits for its exit code:
#   scripts/run-migrations.sh ENVIRONMENT IMAGE_TAG [version | force N]
# What follows the tag is handed to migrations/migrate.sh in place of the migrations: its README says what it knows.
# MIGRATION_TIMEOUT_SECONDS (1800) and POLL_SECONDS (5) say how long it waits.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/common.sh

(($# >= 2)) || usage "scripts/run-migrations.sh ENVIRONMENT IMAGE_TAG [version | force N]"
environment=$1 tag=$2
shift 2
check_environment "$environment"
check_tools aws jq

# Terraform is the only writer of task definitions, and this run needs the new one before the service may change. So
# this much of the plan is applied first: the task definition of the migrations and what it rests on. The service stays
# as it is.
scripts/apply.sh "$environment" "$tag" -target=terraform_data.migrations

run=$(scripts/terraform.sh "$environment" output -json migrations)
field() {
  jq --exit-status --raw-output ".$1" <<<"$run"
}
cluster=$(field cluster)
container=$(field container)

overrides=$(jq --null-input --arg name "$container" '
  {containerOverrides: [{name: $name} + if $ARGS.positional == [] then {} else {command: $ARGS.positional} end]}' --args "$@")
answer=$(aws ecs run-task \
  --cluster "$cluster" \
  --task-definition "$(field task_definition)" \
  --network-configuration "$(field network_configuration)" \
  --overrides "$overrides" \
  --launch-type FARGATE \
  --count 1 \
  --started-by "migrations-${tag:0:12}")
task=$(jq --raw-output '.tasks[0].taskArn // empty' <<<"$answer")
if [[ -z $task ]]; then
  fail "ECS did not start the migrations; nothing was deployed. It said:" \
    "$(jq --raw-output '.failures[]? | "  \(.reason // "no reason") \(.detail // "")"' <<<"$answer")"
fi
task_id=${task##*/}
say "Migrations run in $environment as task $task_id"

deadline=$((SECONDS + ${MIGRATION_TIMEOUT_SECONDS:-1800}))
while true; do
  state=$(aws ecs describe-tasks --cluster "$cluster" --tasks "$task" | jq '.tasks[0]')
  status=$(jq --raw-output .lastStatus <<<"$state")
  [[ $status != STOPPED ]] || break
  if ((SECONDS >= deadline)); then
    log_lines "$environment" "$container" "$task_id" 50
    fail "The migrations are still $status after ${MIGRATION_TIMEOUT_SECONDS:-1800} seconds. They were left running and nothing was deployed." \
      "Wait for task $task_id to end (make logs ENVIRONMENT=$environment), then run this job again; it goes on where they ended."
  fi
  sleep "${POLL_SECONDS:-5}"
done

say "The last lines of the migrations:"
log_lines "$environment" "$container" "$task_id" 100

exit_code=$(jq --raw-output --arg name "$container" '.containers[] | select(.name == $name) | .exitCode // empty' <<<"$state")
if [[ $exit_code == 0 ]]; then
  say "The migrations of $tag are done in $environment."
  exit 0
fi
fail "The migrations failed in $environment with exit code ${exit_code:-none, as the container never started}:" \
  "$(jq --raw-output '"  \(.stoppedReason // "no reason given")", (.containers[] | select(.reason) | "  \(.name): \(.reason)")' <<<"$state")" \
  "Nothing was deployed and the version before still runs. See docs/run-book.md, \"When a migration fails\"."
