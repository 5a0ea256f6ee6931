"""The second step of an artifact: of what AuroraBoot left, the wanted files under Kairos' names, with checksums.

AuroraBoot's own names changed with its releases, and some of its outputs have none that depends on the image. So the
name is made here, of the same fields of /etc/kairos-release that AuroraBoot and Kairos' SDK read, unless the Kairosfile
has one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.kairos.auroraboot import FILES
from kairosfile.plan.model import AURORABOOT, Mount, Run, Step

if TYPE_CHECKING:
    from kairosfile.spec.source import Range

MADE = "/made"
RELEASE = "/kairos-release"
OUTPUT = "/output"

# $1 is the name, empty for Kairos' convention; then for each file the end that it has and the one that it is given. An
# end of / is everything, in a folder.
SCRIPT = """\
name=$1
shift
if [ -z "$name" ]; then
    . /kairos-release
    variant=${KAIROS_VARIANT:-$VARIANT}
    name=kairos-${KAIROS_FLAVOR:-$FLAVOR}-${KAIROS_FLAVOR_RELEASE:-$FLAVOR_RELEASE}-$variant
    name=$name-${KAIROS_ARCH:-${KAIROS_TARGETARCH:-$ARCH}}-${KAIROS_MODEL:-$MODEL}
    name=$name-${KAIROS_RELEASE:-${KAIROS_VERSION:-$VERSION}}
    prefix=${KAIROS_SOFTWARE_VERSION_PREFIX:-$SOFTWARE_VERSION_PREFIX}
    [ -z "$prefix" ] || [ "$variant" = core ] ||
        name=$name-$prefix${KAIROS_SOFTWARE_VERSION:-$SOFTWARE_VERSION}
fi
cd /output
while [ $# -gt 0 ]; do
    if [ "$1" = / ]; then
        cp -R /made "$name$2"
        find "$name$2" -type f -exec sha256sum {} + | sort -k 2 >"$name$2.sha256"
    else
        for found in /made/*"$1"; do :; done
        if [ ! -f "$found" ]; then
            echo "AuroraBoot made no file *$1:" >&2
            ls -l /made >&2
            exit 1
        fi
        cp "$found" "$name$2"
        chmod 0644 "$name$2"
        sha256sum "$name$2" >"$name$2.sha256"
    fi
    shift 2
done
"""


def collect(made: str, run: Step, root: str, name: str, where: Range) -> Step:
    """Return the step that takes the files of `made`, a key of `auroraboot.FILES`, out of the output of `run`."""
    words = [word for each in FILES[made] for word in each]
    mounts = [Mount("step", MADE, step=run.id), Mount("empty", OUTPUT)]
    if not name:
        mounts.append(Mount("step", RELEASE, step=root, path="/etc/kairos-release"))
    argv = ("/bin/sh", "-ec", SCRIPT, "collect", name, *words)
    action = Run(argv, tuple(mounts), network="none")
    fields = ("artifacts.auroraboot", "artifacts.name")
    return Step(
        made, f"name {made} and its checksum", AURORABOOT, action, (where,), fields, export_cache=run.export_cache
    )
