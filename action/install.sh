#!/usr/bin/env bash
# Install the command into a virtual environment of the job, and put it on PATH.
set -euo pipefail

if [ "$KAIROSFILE_VERSION" = installed ]; then
  command=$(command -v kairosfile) || { echo "::error::kairosfile is not on PATH; leave kairosfile_version empty"; exit 2; }
  # The interpreter that the command is run with.
  echo "KAIROSFILE_PYTHON=$(sed -n '1s/^#!//p' "$command")" >> "$GITHUB_ENV"
  kairosfile version
  exit
fi
venv=$RUNNER_TEMP/kairosfile
python3 -m venv "$venv"
if [ -n "$KAIROSFILE_VERSION" ]; then
  "$venv/bin/pip" install --quiet --disable-pip-version-check "kairosfile==$KAIROSFILE_VERSION"
else
  "$venv/bin/pip" install --quiet --disable-pip-version-check -c "$GITHUB_ACTION_PATH/constraints.txt" "$GITHUB_ACTION_PATH"
fi
echo "$venv/bin" >> "$GITHUB_PATH"
echo "KAIROSFILE_PYTHON=$venv/bin/python" >> "$GITHUB_ENV"
"$venv/bin/kairosfile" version
