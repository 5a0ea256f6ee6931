#!/usr/bin/env bash
# Build the image and push it where a registry is given; then make each artifact, out of the cache of the same builder.
set -euo pipefail
# shellcheck source=action/words.sh
. "$(dirname "$0")/words.sh"

out() { # NAME VALUE: an output of the step
  printf '%s=%s\n' "$1" "$2" >> "$GITHUB_OUTPUT"
}
log=$RUNNER_TEMP/kairosfile.log metadata=$RUNNER_TEMP/kairosfile.json artifacts=$RUNNER_TEMP/artifacts
: > "$log"
out log "$log"

image_words=() more=()
prefix=$REGISTRY${NAMESPACE:+/$NAMESPACE}
if [ -n "$REPOSITORY$TAG" ]; then
  if [ -z "$REGISTRY" ] || [ -z "$REPOSITORY" ] || [ -z "$TAG" ]; then
    echo "::error::registry_repository and custom_tag_format go together, with registry_domain"
    exit 2
  fi
  name=$prefix/$REPOSITORY:$TAG
  image_words+=(--tag "$name")
elif names=$(kairosfile name --format json "${words[@]}" --registry "$prefix" "$KAIROSFILE"); then
  name=$("$KAIROSFILE_PYTHON" -c 'import json, sys; print(json.load(sys.stdin)["platforms"][0]["images"]["published"])' <<< "$names")
  [ -z "$prefix" ] || image_words+=(--registry "$prefix")
elif [ -n "$REGISTRY" ]; then
  exit 2 # without a name nothing can be pushed; the command has printed the reason
else
  name=kairos
fi
out image "$name"
out name "$(tr -c 'A-Za-z0-9._-' - <<< "${name##*/}" | sed 's/-*$//')"

if [ -n "$REGISTRY" ]; then
  image_words+=(--push)
  [ "$SBOM" = true ] || image_words+=(--sbom off)
else
  image_words+=(--output type=cacheonly)
fi
# Only the image writes the cache, which has all steps of it; an artifact would leave out its checks.
[ -z "$CACHE" ] || image_words+=(--cache "$CACHE")
[ "$NO_CACHE" != true ] || more+=(--no-cache)
while IFS= read -r line; do
  [ -z "$line" ] || more+=(--label "$line")
done <<< "$IMAGE_LABELS"

build() { # WORD...: run a build whose lines go to the log of the job and into the file
  kairosfile build --progress plain "$@" 2>&1 | tee -a "$log"
}
echo "::group::Image $name"
build "${words[@]}" "${image_words[@]}" "$KAIROSFILE" -- --metadata-file "$metadata" "${more[@]}"
echo "::endgroup::"
[ -z "$REGISTRY" ] || out digest "$("$KAIROSFILE_PYTHON" -c \
  'import json, sys; print(json.load(open(sys.argv[1]))["containerimage.digest"])' "$metadata")"

for target in $TARGETS; do
  echo "::group::Artifact $target"
  # An artifact is made of the same steps, which are in the builder's cache: --no-cache would run them again.
  allow=()
  [ "$target" != raw ] || allow=(--allow security.insecure)
  build "${words[@]}" --output "$artifacts" "$KAIROSFILE" -- --target "$target" "${allow[@]}"
  echo "::endgroup::"
  out artifacts "$artifacts"
done
