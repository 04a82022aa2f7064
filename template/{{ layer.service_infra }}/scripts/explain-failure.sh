#!/usr/bin/env bash
# Says why tasks stopped: events, reasons, exit codes and last log lines: scripts/explain-failure.sh ENVIRONMENT
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/common.sh

(($# == 1)) || usage "scripts/explain-failure.sh ENVIRONMENT"
environment=$1
check_environment "$environment"
check_tools aws jq
cluster=$(cluster_name "$environment")
service=$(service_name "$environment")

printf '\nThe last events of %s:\n' "$service"
aws ecs describe-services --cluster "$cluster" --services "$service" |
  jq --raw-output '.services[]?.events[:10] | reverse[] | "  \(.createdAt)  \(.message)"'

# ECS forgets stopped tasks after about an hour.
stopped=$(aws ecs list-tasks --cluster "$cluster" --service-name "$service" --desired-status STOPPED --max-items 100 |
  jq --raw-output '.taskArns[]')
if [[ -z $stopped ]]; then
  printf '\nECS remembers no stopped task of %s. Its log: make logs ENVIRONMENT=%s\n' "$service" "$environment"
  exit 0
fi

mapfile -t stopped <<<"$stopped"
aws ecs describe-tasks --cluster "$cluster" --tasks "${stopped[@]}" |
  jq --compact-output '.tasks | sort_by(.stoppedAt) | .[-3:][]' |
  while read -r task; do
    jq --raw-output '"\nTask \(.taskArn | split("/")[-1]) of \(.taskDefinitionArn | split("/")[-1]) stopped:",
      "  \(.stopCode // "") \(.stoppedReason // "no reason given")"' <<<"$task"
    jq --raw-output '(.taskArn | split("/")[-1]) as $id | .containers[]
      | [.name, $id, .exitCode // "none", .reason // ""] | @tsv' <<<"$task" |
      while IFS=$'\t' read -r name id exit_code reason; do
        printf '  %s: exit code %s%s; its last lines:\n' "$name" "$exit_code" "${reason:+, $reason}"
        log_lines "$environment" "$name" "$id" 20
      done
  done
