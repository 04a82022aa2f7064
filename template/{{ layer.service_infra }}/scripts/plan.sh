#!/usr/bin/env bash
# Shows what a deployment would change: scripts/plan.sh ENVIRONMENT [IMAGE_TAG] [TERRAFORM_ARGUMENTS...]
# Without an image tag (or with an empty one) it plans with the image that runs. With PLAN_DIR it leaves there the plan
# as text, its actions for scripts/apply.sh, and the report that GitLab shows in a merge request.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/common.sh

(($# >= 1)) || usage "scripts/plan.sh ENVIRONMENT [IMAGE_TAG] [TERRAFORM_ARGUMENTS...]"
environment=$1 tag=${2:-}
shift $(($# < 2 ? $# : 2))
check_environment "$environment"
check_tools terraform jq

if [[ -z $tag ]]; then
  check_tools aws
  tag=$(live_image_tag "$environment")
fi
if [[ -z $tag ]]; then
  tag=not-deployed-yet
  say "Nothing was deployed to $environment yet: the plan names the image \"$tag\"."
fi
export TF_VAR_image_tag=$tag

# The plan file may hold sensitive values, so it never leaves this folder.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
scripts/terraform.sh "$environment" plan -input=false -out="$scratch/plan" "$@"

if [[ -n ${PLAN_DIR:-} ]]; then
  mkdir -p "$PLAN_DIR"
  scripts/terraform.sh "$environment" show -no-color "$scratch/plan" >"$PLAN_DIR/$environment.txt"
  scripts/terraform.sh "$environment" show -json "$scratch/plan" >"$scratch/plan.json"
  jq --raw-output --from-file scripts/plan-actions.jq "$scratch/plan.json" >"$PLAN_DIR/$environment.actions"
  jq '[.resource_changes[]?.change.actions] | {
      create: map(select(contains(["create"]))) | length,
      update: map(select(contains(["update"]))) | length,
      delete: map(select(contains(["delete"]))) | length
    }' "$scratch/plan.json" >"$PLAN_DIR/$environment.report.json"
fi
