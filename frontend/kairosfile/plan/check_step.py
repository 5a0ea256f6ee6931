"""What `validate` of kairos-init v0.5.0 and newer cannot see: that a standard image holds its Kubernetes.

That `validate` is told nothing of the provider and treats every image as core. Releases before it do check; an image
whose author skips one of the steps that install or record the provider is not checked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.kairos.commands import dialect_of
from kairosfile.kairos.skip_steps import OF_PROVIDER
from kairosfile.plan.model import Mount, Run, Step

if TYPE_CHECKING:
    from kairosfile.spec.document import Document
    from kairosfile.spec.model import Kairosfile

# As for `validate`: under a tmpfs on /run mount points can be made, though the root is read-only.
CHECK_RUN = "/run"
CHECK_OUTPUT = "/run/checked"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
FIELDS = ("kairos_init", "provider.name", "skip_steps")

# Builtins of a POSIX shell only. $1 is the provider.
SCRIPT = """\
failed=0
version=
prefix=
fault() {
    echo "check: $1" >&2
    failed=1
}
[ -x /system/providers/agent-provider-kairos ] ||
    fault "the provider is missing: no program /system/providers/agent-provider-kairos"
command -v "$1" >/dev/null ||
    fault "Kubernetes is missing: no program $1 in $PATH"
if [ -r /etc/kairos-release ]; then
    while IFS='=' read -r key value; do
        case $key in
        KAIROS_SOFTWARE_VERSION) version=$value ;;
        KAIROS_SOFTWARE_VERSION_PREFIX) prefix=$value ;;
        esac
    done </etc/kairos-release
fi
case $version in
'' | '""') fault "/etc/kairos-release has no KAIROS_SOFTWARE_VERSION: the version of $1 is unknown" ;;
esac
case $prefix in
"$1" | "\\"$1\\"") ;;
*) fault "/etc/kairos-release has KAIROS_SOFTWARE_VERSION_PREFIX=$prefix where $1 is expected" ;;
esac
exit $failed
"""


def check(document: Document, start: str) -> list[Step]:
    """Check the provider, its Kubernetes and what is recorded of them, where `validate` does not."""
    provider = document.model.provider
    if provider is None or not _is_needed(document.model):
        return []
    argv = ("/bin/sh", "-c", SCRIPT, "check", provider.name)
    mounts = (Mount("tmpfs", CHECK_RUN), Mount("empty", CHECK_OUTPUT))
    run = Run(argv, mounts, (("PATH", PATH),), network="none", read_only_root=True)
    name = f"check {provider.name}"
    return [Step("check", name, start, run, (document.range("provider"),), FIELDS)]


def _is_needed(model: Kairosfile) -> bool:
    validate = dialect_of(model.kairos_init.release).validate
    is_checked = any(flag.setting == "provider.name" for flag in validate)
    return not is_checked and OF_PROVIDER.isdisjoint(model.skip_steps)
