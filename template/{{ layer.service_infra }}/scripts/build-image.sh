#!/usr/bin/env bash
# Builds an image and pushes it to ECR, unless it is there already: scripts/build-image.sh app|migrations [IMAGE_TAG]
# IMAGE_CACHE names a repository for build layers, as in registry.example.com/acme/orders/cache.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/common.sh

image=${1:-}
tag=${2:-${CI_COMMIT_SHA:-$(git rev-parse HEAD)}}
case $image in
  app) context=. dockerfile=app/Dockerfile ;;
  migrations) context=migrations dockerfile=migrations/Dockerfile ;;
  *) usage "scripts/build-image.sh app|migrations [IMAGE_TAG]" ;;
esac
check_tools aws docker

repository=$IMAGE_REGISTRY/$PLATFORM/$SERVICE/$image

# Tags are immutable: what a commit was built into once is what every environment runs.
if image_exists "$image" "$tag"; then
  say "$repository:$tag is there already: nothing to build."
  exit 0
fi

aws ecr get-login-password | docker login --username AWS --password-stdin "$IMAGE_REGISTRY" >/dev/null

cache=()
if [[ -n ${IMAGE_CACHE:-} ]]; then
  # A cache that can't be written costs time, not the build.
  cache=(
    --cache-from "type=registry,ref=$IMAGE_CACHE:$image"
    --cache-to "type=registry,ref=$IMAGE_CACHE:$image,mode=max,ignore-error=true"
  )
fi

# Without provenance a tag is one manifest, which ECR's scan and lifecycle rules understand.
if ! docker buildx build \
  --platform "$IMAGE_PLATFORM" \
  --file "$dockerfile" \
  --tag "$repository:$tag" \
  --label "org.opencontainers.image.revision=$tag" \
  --provenance=false \
  "${cache[@]}" \
  --push \
  "$context"; then
  # The pipelines of a branch and of a tag on the same commit may build at the same time.
  image_exists "$image" "$tag" || fail "$repository:$tag was not built or not pushed: the lines above say why."
fi
say "Pushed $repository:$tag"
