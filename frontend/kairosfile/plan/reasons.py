"""Why each kind of step is in a plan, why it gets the network or not, and what is worth knowing of how it is run.

Tables of sentences. The conditions under which a step is so stand where the step is made; a sentence goes with what the
plan says of the step, so that the two cannot disagree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kairosfile.kairos.commands import PLACEHOLDER_VERSION
from kairosfile.kairos.log import FOLDER as LOG
from kairosfile.plan.image_tests import TESTS
from kairosfile.plan.kairos_steps import network_of_init
from kairosfile.plan.model import AURORABOOT, KAIROS_INIT, Run, Step
from kairosfile.plan.targets import group
from kairosfile.spec.model import KernelStep, PackagesStep, SystemdStep

if TYPE_CHECKING:
    from collections.abc import Callable

    from kairosfile.plan.model import Plan
    from kairosfile.spec.document import Document

PURPOSES = {
    "before_install": "A step of yours on the bare base: what install has to find, such as repositories, certificates "
    "and proxies.",
    "binaries": "Names the releases of Kairos' own programs that install downloads in place of those that it carries.",
    "install": "kairos-init puts what Kairos needs onto the base: packages, a kernel, its own programs and, with a "
    "provider, Kubernetes. It is the step that takes minutes.",
    "after_install": "A step of yours between install and init: what it adds can still become part of the initrd.",
    "init": "kairos-init makes the image bootable: /etc/kairos-release with your version, the initrd, services; then "
    "it cleans up.",
    "cloud-config": "A file that Kairos reads at every boot. It comes after init, which does not read it, so that "
    "another word in it leaves install and init cached.",
    "after_init": "A step of yours on the bootable image: the initrd does not change any more.",
    "validate": "kairos-init looks at the finished image; what it finds wrong fails the build.",
    "check": "Looks for what `validate` of this release of kairos-init does not: the provider, the program of its "
    "Kubernetes, and what /etc/kairos-release says of them.",
    "tests": "A test of yours: it looks at the finished image, and what it finds wrong fails the build.",
}

AURORABOOT_STEP = "AuroraBoot makes files to boot from of the finished image, whose root it is shown read-only."
FILES_STEP = "Takes the wanted files of what AuroraBoot left, gives them their names and writes a checksum beside each."

NETWORKS = {
    ("install", "default"): "it downloads packages, the kernel and Kubernetes",
    ("init", "none"): "it works on what install brought, and cannot fetch anything else",
    ("validate", "none"): "it only looks at files",
    ("check", "none"): "it only looks at files",
}
NETWORKS_OF_INIT = {
    "old release": "releases of kairos-init before v0.5.0 may refresh package indexes in init",
    "trusted boot": "for trusted boot kairos-init downloads kernel modules where the base is Ubuntu, or may be",
}
ARTIFACT = "it works on files that are mounted for it"
NO_COMMAND = "no command runs"
PACKAGES = "the package manager downloads"
SYSTEMD = "systemctl changes links in the image, no systemd runs"
TEST = "a test has none unless it says `network: default`"
RUN = "a run step has it unless it says `network: none`"
RUN_AS_WRITTEN = "the step says so"


class Note(NamedTuple):
    """A sentence, and the steps that it holds for."""

    holds_for: Callable[[Plan, Step, Run], bool]
    text: str


NOTES = (
    Note(
        lambda _, step, run: step.id == "install" and PLACEHOLDER_VERSION in run.argv,
        f"--version {PLACEHOLDER_VERSION} stands in for your version: the flag is required here and never read, and "
        "the same words for every version keep this step cached when you release the next one.",
    ),
    Note(
        lambda _, __, run: any(mount.image == KAIROS_INIT and mount.kind == "image" for mount in run.mounts),
        "kairos-init is mounted, not copied: no layer of your image holds it.",
    ),
    Note(
        lambda _, __, run: any(mount.kind == "tmpfs" and mount.target == LOG for mount in run.mounts),
        "Its log goes to memory and not into a layer: with the time on every line no two builds would be alike.",
    ),
    Note(
        lambda _, __, run: run.read_only_root,
        "The root is read-only: what looks at an image must not change it. What has to be written goes to /run, "
        "which every image has.",
    ),
    Note(
        lambda plan, step, _: step.id in plan.gates,
        "It adds nothing to the image, but the image waits for it: its empty result is merged in, so that a cache can "
        "answer it too.",
    ),
    Note(
        lambda _, step, run: (
            not step.holds_secret
            and (any(mount.kind in {"secret", "ssh"} for mount in run.mounts) or bool(run.secret_env))
        ),
        "Secrets and agents are shown to the command alone. They reach no layer, and another value of them leaves the "
        "step cached.",
    ),
    Note(
        lambda _, __, run: run.security == "insecure",
        "It is given the builder's devices, to mount partitions: allow that with --allow security.insecure.",
    ),
    Note(
        lambda _, step, __: step.holds_secret,
        "It puts a secret into its result, so it runs each time: no cache sees that another secret was given. A build "
        "takes the result out of it by a last step without inputs, because BuildKit exports no cache of such a one.",
    ),
    Note(
        lambda _, __, run: run.network != "none",
        "What the network would answer today is no part of the cache: newer packages arrive when something else makes "
        "the step run again.",
    ),
)


def purpose(step: Step) -> str:
    """Return why there is such a step."""
    if step.start == AURORABOOT:
        return AURORABOOT_STEP if step.id.startswith(f"{AURORABOOT}-") else FILES_STEP
    return PURPOSES[group(step)]


def network(document: Document, step: Step) -> str:
    """Return why a step gets the network that it gets."""
    if not isinstance(step.action, Run):
        return NO_COMMAND
    if step.start == AURORABOOT:
        return ARTIFACT
    if step.id == "init" and (reason := network_of_init(document.model)):
        return NETWORKS_OF_INIT[reason]
    if group(step) == TESTS:
        return RUN_AS_WRITTEN if step.action.network == "default" else TEST
    return NETWORKS.get((step.id, step.action.network)) or _of_a_hook(document, step)


def notes(plan: Plan, step: Step) -> list[str]:
    """Return what is worth knowing of how a step is run."""
    run = step.action
    return [note.text for note in NOTES if isinstance(run, Run) and note.holds_for(plan, step, run)]


def _of_a_hook(document: Document, step: Step) -> str:
    written = {f"hooks.{path[1]}[{path[2]}]": own for path, own in document.steps()}[step.fields[0]]
    if isinstance(written, PackagesStep | KernelStep):
        return PACKAGES
    if isinstance(written, SystemdStep):
        return SYSTEMD
    return RUN if isinstance(step.action, Run) and step.action.network == "default" else RUN_AS_WRITTEN
