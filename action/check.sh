#!/usr/bin/env bash
# Check the Kairosfile; GitHub shows what is found at its lines.
set -euo pipefail
# shellcheck source=action/words.sh
. "$(dirname "$0")/words.sh"

status=0
found=$(kairosfile check --format github "${words[@]}" "$KAIROSFILE") || status=$?
[ -z "$found" ] || printf '%s\n' "$found"
if [ "$status" = 0 ] && [ "$STRICT" = true ] && grep -q '^::warning' <<< "$found"; then
  echo "::error::the Kairosfile has warnings, and the input \`strict\` counts them as errors"
  exit 1
fi
exit "$status"
