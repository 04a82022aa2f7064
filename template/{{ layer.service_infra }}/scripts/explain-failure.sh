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
stopped=$(aws ecs list-tasks --cluster "$cluster" --service-name "$service" --desired-status STOPPED --max-items 3 --query taskArns --output json)
mapfile -t tasks < <(jq --raw-output '.[]?' <<<"$stopped")
if ((${#tasks[@]} == 0)); then
  printf '\nECS remembers no stopped task of %s. Its log: make logs ENVIRONMENT=%s\n' "$service" "$environment"
  exit 0
fi

answer=$(aws ecs describe-tasks --cluster "$cluster" --tasks "${tasks[@]}")
for task in "${tasks[@]}"; do
  state=$(jq --arg task "$task" '.tasks[] | select(.taskArn == $task)' <<<"$answer")
  printf '\nTask %s (%s) stopped:\n' "${task##*/}" "$(jq --raw-output '.taskDefinitionArn | split("/")[-1]' <<<"$state")"
  jq --raw-output '"  \(.stopCode // "") \(.stoppedReason // "no reason given")"' <<<"$state"
  while IFS=$'\t' read -r name exit_code reason; do
    printf '  %s: exit code %s%s; its last lines:\n' "$name" "$exit_code" "${reason:+, $reason}"
    log_lines "$environment" "$name" "${task##*/}" 20
  done < <(jq --raw-output '.containers[] | [.name, .exitCode // "none", .reason // ""] | @tsv' <<<"$state")
done
