#!/usr/bin/env bash
# Applies infra/ with an image: scripts/apply.sh ENVIRONMENT IMAGE_TAG [TERRAFORM_ARGUMENTS...]
# It plans anew, because a saved plan is void as soon as the migrations' task definition was made. With PLAN_DIR it
# refuses any action that the plan there did not show.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/common.sh

(($# >= 2)) || usage "scripts/apply.sh ENVIRONMENT IMAGE_TAG [TERRAFORM_ARGUMENTS...]"
environment=$1 tag=$2
shift 2
check_environment "$environment"
check_tools terraform jq
export TF_VAR_image_tag=$tag

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
scripts/terraform.sh "$environment" plan -input=false -lock-timeout=5m -out="$scratch/plan" "$@"

if [[ -n ${PLAN_DIR:-} ]]; then
  reviewed=$PLAN_DIR/$environment.actions
  [[ -f $reviewed ]] || fail "There is no plan of $environment to compare with. Run the job plan:$environment again, then this one."
  scripts/terraform.sh "$environment" show -json "$scratch/plan" >"$scratch/plan.json"
  jq --raw-output --from-file scripts/plan-actions.jq "$scratch/plan.json" >"$scratch/actions"
  unseen=$(grep --invert-match --line-regexp --fixed-strings --file "$reviewed" "$scratch/actions" || true)
  if [[ -n $unseen ]]; then
    fail "Nothing was applied: $environment has changed since its plan was made, which did not show" \
      "$unseen" \
      "Run the job plan:$environment again, read it, then run this job again."
  fi
fi

if [[ -t 0 && -z ${CI:-} ]]; then
  read -r -p "Apply this to $environment? Type its name: " answer
  [[ $answer == "$environment" ]] || fail "Nothing was applied."
fi
scripts/terraform.sh "$environment" apply -input=false -lock-timeout=5m "$scratch/plan"
