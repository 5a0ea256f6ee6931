#!/bin/sh
# Sign a pushed image with a key, by its digest, and look at all that it claims before anybody installs it.
#
#     IMAGE=registry.example.com/acme/my-os:v1.0.0 COSIGN_KEY=cosign.key COSIGN_PUB=cosign.pub ./sign.sh
#
# COSIGN_PASSWORD is that of the key. `cosign generate-key-pair` makes both, once. cosign 2 is meant: cosign 3 takes a
# --signing-config without a transparency log in the place of --tlog-upload=false.
set -eu

: "${IMAGE:?is the image with its tag}"
: "${COSIGN_KEY:?is the private key, or where a key service has it}"
: "${COSIGN_PUB:?is the public key}"

# A tag may name another image tomorrow: what is signed is the digest.
DIGEST=$(docker buildx imagetools inspect "$IMAGE" --format '{{printf "%s" .Manifest.Digest}}')

# Without a transparency log: nothing of the image is published. Leave --tlog-upload=false out to have one.
cosign sign --yes --tlog-upload=false --key "$COSIGN_KEY" "$@" "${IMAGE%:*}@$DIGEST"

kairosfile verify --strict --file Kairosfile --key "$COSIGN_PUB" "${IMAGE%:*}@$DIGEST"
