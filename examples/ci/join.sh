#!/bin/sh
# Make one image of several platforms out of images of one platform each, which build.sh has pushed on several machines.
#
#     IMAGE=registry.example.com/acme/my-os VERSION=v1.0.0 ./join.sh amd64 arm64
#
# joins the tags v1.0.0-amd64 and v1.0.0-arm64 as v1.0.0. Nothing is pulled: only a list of manifests is written.
set -eu

: "${IMAGE:?is the image without a tag, such as registry.example.com/acme/my-os}"
: "${VERSION:?is the tag of the whole, such as v1.0.0}"
: "${1:?needs the ends of the tags, such as amd64 arm64}"

for end in "$@"; do
    shift
    set -- "$@" "$IMAGE:$VERSION-$end"
done
exec docker buildx imagetools create --tag "$IMAGE:$VERSION" "$@"
