#!/usr/bin/env bash
# Fails unless an image runs and answers, then records it as verified: scripts/verify-deployment.sh ENVIRONMENT IMAGE_TAG
# ROLLOUT_TIMEOUT_SECONDS (600), READY_TIMEOUT_SECONDS (300) and POLL_SECONDS (5) say how long it waits.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/common.sh

(($# == 2)) || usage "scripts/verify-deployment.sh ENVIRONMENT IMAGE_TAG"
environment=$1 tag=$2
check_environment "$environment"
check_tools aws curl jq terraform

give_up() {
  scripts/explain-failure.sh "$environment" || true
  fail "" "$@"
}

# ── Does ECS run what was deployed? ──────────────────────────────────────────────────────────────────────────────────

outputs=$(scripts/terraform.sh "$environment" output -json)
output() {
  jq --exit-status --raw-output ".$1.value" <<<"$outputs"
}
wanted=$(output task_definition_arn)
deployed_tag=$(output image_tag)
if [[ $deployed_tag != "$tag" ]]; then
  fail "$environment was to run $tag, and $deployed_tag was deployed since. There is nothing left to verify here."
fi

# A rollback by the circuit breaker is a steady state as well, so that it is steady proves nothing by itself.
deadline=$((SECONDS + ${ROLLOUT_TIMEOUT_SECONDS:-600}))
while true; do
  primary=$(aws ecs describe-services --cluster "$(output cluster_name)" --services "$(output service_name)" |
    jq '.services[0].deployments[] | select(.status == "PRIMARY")')
  running=$(jq --raw-output .taskDefinition <<<"$primary")
  rollout=$(jq --raw-output '"\(.rolloutState) \(.runningCount) of \(.desiredCount)"' <<<"$primary")
  if [[ $running != "$wanted" ]]; then
    give_up "$tag does not run in $environment: ECS has gone back to ${running##*/}, and ${wanted##*/} was wanted." \
      "The lines above say why the new tasks stopped. Mend that and deploy again; until then, bring Terraform's state back in line with" \
      "what runs: make rollback ENVIRONMENT=$environment"
  fi
  if jq --exit-status '.rolloutState == "COMPLETED" and .runningCount >= .desiredCount and .runningCount > 0' <<<"$primary" >/dev/null; then
    break
  fi
  if ((SECONDS >= deadline)) || [[ $rollout == FAILED* ]]; then
    give_up "The tasks of $tag did not become steady in $environment: $rollout." "Go back with: make rollback ENVIRONMENT=$environment"
  fi
  sleep "${POLL_SECONDS:-5}"
done
say "$environment runs ${wanted##*/} with the image $tag: $rollout."

# ── Does it answer? ──────────────────────────────────────────────────────────────────────────────────────────────────

url="$(output url)/health/ready"
deadline=$((SECONDS + ${READY_TIMEOUT_SECONDS:-300}))
until answer=$(curl --silent --show-error --fail-with-body --max-time 10 "$url" 2>&1); do
  if ((SECONDS >= deadline)); then
    give_up "$url did not answer with 200 within ${READY_TIMEOUT_SECONDS:-300} seconds. The last answer:" "  ${answer:0:500}" \
      "Does the name point at the platform's load balancer? If the tasks are at fault, go back with: make rollback ENVIRONMENT=$environment"
  fi
  sleep "${POLL_SECONDS:-5}"
done

# ── What a rollback goes back to ─────────────────────────────────────────────────────────────────────────────────────

if [[ $(live_image_tag "$environment") != "$tag" ]]; then
  aws ssm put-parameter --name "$(image_tag_parameter "$environment")" --type String --overwrite --value "$tag" >/dev/null
fi
say "$url is ready: $tag is verified in $environment."
