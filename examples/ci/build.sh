#!/bin/sh
# Build a Kairosfile and push the image, with the cache of all steps in the registry, on any CI that has docker buildx.
#
#     IMAGE=registry.example.com/acme/my-os VERSION=v1.0.0 ./build.sh
#
# PLATFORM, TAG and CACHE (an image reference) can be given too; arguments go to docker buildx build. Where each platform has
# a separate machine, give each its own TAG and CACHE, and put the images together with join.sh. What is pushed says
# how it was made and what is in it: SBOM=false, or SBOM=generator=IMAGE, where the scanner of Docker Hub cannot be reached.
# Sign it with sign.sh.
set -eu

: "${IMAGE:?is the image without a tag, such as registry.example.com/acme/my-os}"
# The tag that is checked out, else a constant one: a new version runs init again, and no more.
VERSION=${VERSION:-$(git describe --tags --exact-match 2>/dev/null || echo v0.0.0-dev)}
PLATFORM=${PLATFORM:-linux/amd64}
# Names of images are in lower case, and a tag has no plus.
IMAGE=$(echo "$IMAGE" | tr '[:upper:]' '[:lower:]')
TAG=${TAG:-$(echo "$VERSION" | tr + -)}
CACHE=${CACHE:-$IMAGE:cache}
SBOM=${SBOM:-true}

# Errors and warnings with their lines, before anything is pulled; the build reports the errors too.
if command -v kairosfile >/dev/null; then
    kairosfile check --build-arg "VERSION=$VERSION" Kairosfile
fi

exec docker buildx build --file Kairosfile \
    --platform "$PLATFORM" \
    --build-arg "VERSION=$VERSION" \
    --tag "$IMAGE:$TAG" \
    --cache-from "type=registry,ref=$CACHE" \
    --cache-to "type=registry,ref=$CACHE,mode=max" \
    --provenance=mode=max \
    --sbom="$SBOM" \
    --push "$@" .
