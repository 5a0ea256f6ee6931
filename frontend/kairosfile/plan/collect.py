"""The second step of an artifact: of what AuroraBoot left, the wanted files under Kairos' names, with checksums.

AuroraBoot's own names changed with its releases, and some of its outputs have none that depends on the image; before
v0.6.0 disks are in a folder `build`. So the name is made here, of the same fields of /etc/kairos-release that
AuroraBoot and Kairos' SDK read, unless the Kairosfile has one.

A cloud-config that is a secret is added to a finished ISO here, as AuroraBoot itself adds one to an ISO that it was
given: so AuroraBoot's own step holds no secret, stays cached, and can be shared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kairosfile.kairos.auroraboot import FILES
from kairosfile.plan.model import AURORABOOT, Mount, Run, Step
from kairosfile.plan.steps.run import SHELL

if TYPE_CHECKING:
    from kairosfile.spec.source import Range

MADE = "/made"
RELEASE = "/kairos-release"
OUTPUT = "/output"
CONFIG = "config.yaml"  # which Kairos looks for in the root of the medium that it was booted from
SECRET = f"/run/secrets/{CONFIG}"

# $1 is the name, empty for Kairos' convention; then for each file the end that it has and the one that it is given. An
# end of / is everything, in a folder.
SCRIPT = r"""name=$1
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
        for found in /made/*"$1" /made/build/*"$1"; do [ ! -f "$found" ] || break; done
        if [ ! -f "$found" ]; then
            echo "AuroraBoot made no file *$1:" >&2
            ls -l /made >&2
            exit 1
        fi
        if [ -e /run/secrets/config.yaml ]; then
            xorriso -report_about WARNING -indev "$found" -outdev "$name$2" \
                -map /run/secrets/config.yaml /config.yaml -boot_image any replay
        else
            cp "$found" "$name$2"
        fi
        chmod 0644 "$name$2"
        sha256sum "$name$2" >"$name$2.sha256"
    fi
    shift 2
done
"""


class Named(NamedTuple):
    """What files are named by: the step whose root they were made of, or a name of their own."""

    root: str
    name: str


def collect(made: str, run: Step, named: Named, where: Range, secret: str = "") -> Step:
    """Return the step that takes the files of `made`, a key of `auroraboot.FILES`, out of the output of `run`.

    `secret` is the id of a secret that becomes the cloud-config of an ISO.
    """
    words = [word for each in FILES[made] for word in each]
    mounts = [Mount("step", MADE, step=run.id), Mount("empty", OUTPUT)]
    if not named.name:
        mounts.append(Mount("step", RELEASE, step=named.root, path="/etc/kairos-release"))
    if secret:
        mounts.append(Mount("secret", SECRET, id=secret, required=True))
    argv = (*SHELL, SCRIPT, "collect", named.name, *words)
    config = (f"{run.fields[-1]}.cloud_config",) if secret else ()
    fields = ("artifacts.auroraboot", "artifacts.name", *config)
    action = Run(argv, tuple(mounts), network="none")
    name = f"name {made} and its checksum"
    return Step(made, name, AURORABOOT, action, (where,), fields, holds_secret=bool(secret))
