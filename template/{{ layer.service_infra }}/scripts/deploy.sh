#!/usr/bin/env bash
# Deploys an image, which may be the one that runs after a change of infra/: scripts/deploy.sh ENVIRONMENT [IMAGE_TAG]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/common.sh

(($# >= 1 && $# <= 2)) || usage "scripts/deploy.sh ENVIRONMENT [IMAGE_TAG]"
environment=$1
check_environment "$environment"
check_tools aws jq terraform
tag=${2:-$(live_image_tag "$environment")}
[[ -n $tag ]] || fail "Nothing was deployed to $environment yet. Name an image, as in: scripts/deploy.sh $environment 3f2a9c1"

if ! scripts/apply.sh "$environment" "$tag"; then
  scripts/explain-failure.sh "$environment" || true
  fail "The deployment of $tag to $environment did not go through." \
    "Mend what the lines above name and run this again, or go back with: make rollback ENVIRONMENT=$environment"
fi
