#!/usr/bin/env bash
# Deploys the image that was verified before the one that runs: scripts/rollback.sh ENVIRONMENT [IMAGE_TAG]
# It applies infra/ as it is in this work tree and does not undo migrations.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/common.sh

(($# >= 1 && $# <= 2)) || usage "scripts/rollback.sh ENVIRONMENT [IMAGE_TAG]"
environment=$1 tag=${2:-}
check_environment "$environment"
check_tools aws curl jq terraform

deployed=$(scripts/terraform.sh "$environment" output -raw image_tag)
if [[ -z $tag ]]; then
  history=$(aws ssm get-parameter-history --name "$(image_tag_parameter "$environment")" 2>&1) ||
    fail "$history" "Nothing was verified in $environment yet. Name an image, as in: make rollback ENVIRONMENT=$environment TAG=3f2a9c1"
  # After a deployment that failed its verification, the newest verified image is the one to go back to.
  tag=$(jq --raw-output --arg deployed "$deployed" '
    [.Parameters | sort_by(.Version)[].Value | select(. != $deployed)] | last // empty' <<<"$history")
  [[ -n $tag ]] || fail "$environment has run no other verified image than $deployed. Name one, as in: make rollback ENVIRONMENT=$environment TAG=3f2a9c1"
fi

for image in app migrations; do
  image_exists "$image" "$tag" ||
    fail "The image $image:$tag is no longer in ECR. Run the build jobs of that commit's pipeline again, or name another TAG."
done

say "Going back in $environment from $deployed to $tag."
scripts/deploy.sh "$environment" "$tag"
scripts/verify-deployment.sh "$environment" "$tag"
