#!/usr/bin/env bash
# Shows what runs, and the last events: scripts/status.sh ENVIRONMENT
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/common.sh

(($# == 1)) || usage "scripts/status.sh ENVIRONMENT"
environment=$1
check_environment "$environment"
check_tools aws curl jq

cluster=$(cluster_name "$environment")
service=$(service_name "$environment")
state=$(aws ecs describe-services --cluster "$cluster" --services "$service" | jq '.services[] | select(.status == "ACTIVE")')
[[ -n $state ]] || fail "$service does not run on the cluster $cluster. Deploy it: the first deployment makes it."

verified=$(live_image_tag "$environment")
running=$(aws ecs describe-task-definition --task-definition "$(jq --raw-output .taskDefinition <<<"$state")" |
  jq --raw-output '.taskDefinition.containerDefinitions[] | select(.name == "app").image | split(":")[-1]')
url=https://$(host_name "$environment")
ready=$(curl --silent --output /dev/null --max-time 10 --write-out '%{http_code}' "$url/health/ready" || true)

jq --raw-output --arg cluster "$cluster" --arg running "$running" --arg verified "${verified:-none yet}" --arg ready "$url/health/ready answers $ready" '
  "service   \(.serviceName) on \($cluster)",
  "image     \($running)",
  "verified  \($verified)",
  "tasks     \(.runningCount) running, \(.pendingCount) starting, \(.desiredCount) wanted",
  (.deployments[] | "rollout   \(.status) \(.taskDefinition | split("/")[-1]) \(.rolloutState // "")"),
  "ready     \($ready)",
  "events",
  (.events[:5] | reverse[] | "  \(.createdAt)  \(.message)")
' <<<"$state"
