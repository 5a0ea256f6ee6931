# shellcheck shell=bash
# Sets `words` to what the inputs say of the Kairosfile, for `kairosfile check`, `build` and `name`. Sourced.
words=()
[ -z "$CONTEXT" ] || words+=(--context "$CONTEXT")

version=$IMAGE_VERSION
if [ "$version" = auto ]; then
  version=$(git describe --tags --always)
  # A commit without a tag before it is no version that kairos-init takes.
  [[ $version == *.* ]] || version=v0.0.0-$version
fi
argument() { # NAME VALUE: a build arg, unless the input is empty
  [ -z "$2" ] || words+=(--build-arg "$1=$2")
}
argument BASE_IMAGE "$BASE_IMAGE"
argument MODEL "$MODEL"
argument KUBERNETES_DISTRO "$KUBERNETES_DISTRO"
argument KUBERNETES_VERSION "$KUBERNETES_VERSION"
argument KAIROS_INIT "$KAIROS_VERSION"
argument VERSION "$version"
argument TRUSTED_BOOT "$TRUSTED_BOOT"
while IFS= read -r line; do
  [ -z "$line" ] || words+=(--build-arg "$line")
done <<< "$BUILD_ARGS"

IFS=, read -ra architectures <<< "${ARCH// /}"
for architecture in "${architectures[@]}"; do
  words+=(--platform "linux/$architecture")
done
