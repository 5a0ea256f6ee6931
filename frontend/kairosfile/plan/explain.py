"""Explain a step: why it exists, what it depends on, its network, and what makes it run again.

Reasons are tables of sentences. The condition for each stands where the step is made; the sentence follows from what
the plan contains, so that the two cannot disagree. Fields are looked up by the names of `Step.fields`; a field that the
file leaves out has its default and no range. A possible secret keeps its name and loses its value.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kairosfile.kairos.commands import PLACEHOLDER_VERSION
from kairosfile.kairos.distributions import NO_INITRD
from kairosfile.kairos.install_parts import GROUP as INSTALL
from kairosfile.kairos.install_parts import IDS as PARTS
from kairosfile.kairos.releases import FOLDER as LOG
from kairosfile.kairos.releases import UNPINNED
from kairosfile.language.records import Record
from kairosfile.named_tuple import NamedTuple
from kairosfile.plan.install import APT_LISTS, HOST_KEYS, in_parts
from kairosfile.plan.kairos import network_of_init, variant
from kairosfile.plan.model import AURORABOOT, BASE, KAIROS_INIT, Copy, Download, File, Mount, Plan, Run, Step
from kairosfile.plan.targets import group
from kairosfile.sections.artifacts.records import Artifacts
from kairosfile.sections.image_tests.steps import TESTS
from kairosfile.sections.lint.secrets import is_secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kairosfile.language.nodes import Node, Path, Plain
    from kairosfile.language.source import Range
    from kairosfile.sections.document import Document


HIDDEN = "(not shown)"
_PART = re.compile(r"([^.\[\]]+)|\[([0-9]+)\]")
_NAMED_BY_USERS = ("args", "environment")
_AS_WRITTEN = ("install", "init", "hooks", "cloud_config", "skip_steps", "tests", "artifacts")
_NAMED = ("hooks", "tests")


class Field(NamedTuple):
    """One value: `range` is None for a default, `origin` says which build arg gave it, if one did."""

    name: str
    value: Plain
    range: Range | None = None
    set_by: str = ""

    @property
    def shown(self) -> Plain:
        """The value as it may be shown: a cloud-config may hold hashes of passwords, anything a pasted token."""
        key = self.name.rpartition(".")[2]
        return HIDDEN if self.name.startswith("cloud_config") and key == "content" else _hide(key, self.value)


def look_up(document: Document, name: str) -> list[Field]:
    """Return the values of a field.

    What a hook step or a test is called is left out: the name is shown while the step runs, and changes nothing.

    Args:
        document: The document.
        name: Name of the field in `Step.fields`.
    """
    path = _path(name)
    node = _node(document, path)
    label = f"{name}.name" if path[0] in _NAMED else ""
    return [field for field in _leaves(name, _value(document, path, node), node) if field.name != label]


def one_line(value: Plain) -> str:
    """Return a value as text on one line."""
    if isinstance(value, list):
        return f"[{', '.join(map(one_line, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {one_line(item)}' for key, item in value.items())}}}"
    if value is None or isinstance(value, bool):
        return "not set" if value is None else str(value).lower()
    return value


def _leaves(name: str, value: Plain, node: Node | None) -> Iterator[Field]:
    if not isinstance(value, dict) or name.endswith(".content"):
        place = None if node is None or _is_given(node) else node.whole
        yield Field(name, value, place, node.set_by if node else "")
        return
    for key, item in value.items():
        yield from _leaves(f"{name}.{key}", item, node.child(key) if node else None)


def _path(name: str) -> Path:
    top, _, rest = name.partition(".")
    if top in _NAMED_BY_USERS:
        return (top, rest)
    return tuple(int(number) if number else word for word, number in _PART.findall(name))


def _node(document: Document, path: Path) -> Node | None:
    """Return the node of a field; that of `provider` for `provider.name` where the file names nothing else."""
    node: Node = document.root
    for part in path:
        child = node.child(part)
        if child is None:
            return node if node.fields == {} and part == "name" else None
        node = child
    return node


def _is_given(node: Node) -> bool:
    return bool(node.set_by) and node.key is None


def _value(document: Document, path: Path, node: Node | None) -> Plain:
    model = document.model
    match path:
        case ("variant",) | ("install", "parts"):
            return variant(model) if len(path) == 1 else in_parts(model)
        case ("kairos_init",) | ("artifacts", "auroraboot"):
            return (model.kairos_init if len(path) == 1 else (model.artifacts or Artifacts()).auroraboot).reference
        case ("provider", "version"):
            return (model.provider.version or UNPINNED) if model.provider else None
        case ("args", str(name)):
            return document.args.get(name)
        case (top, *_) if top in _AS_WRITTEN:
            return node.plain() if node else None
    return _of_model(model, path)


def _of_model(model: object, path: Path) -> Plain:
    for part in path:
        name = str(part)
        model = model.get(name) if isinstance(model, dict) else getattr(model, name, getattr(model, f"{name}_", None))
    if isinstance(model, Record):
        return model.given()
    return model if isinstance(model, str | bool) else None


def _hide(key: str, value: Plain) -> Plain:
    if isinstance(value, dict):
        return {name: _hide(name, item) for name, item in value.items()}
    if isinstance(value, list):
        return [_hide(key, item) for item in value]
    return HIDDEN if isinstance(value, str) and is_secret(key, value) else value


PURPOSES = {
    "before_install": "A step of yours on the bare base: what install has to find, such as repositories, certificates "
    "and proxies.",
    "binaries": "Names the releases of Kairos' own programs that install downloads in place of those that it carries.",
    "plugin": "Puts the program where kairos-init looks for plugins: install asks it for the provider, and the agent "
    "of a machine uses it.",
    "install": "kairos-init puts what Kairos needs onto the base: packages, a kernel, its own programs and, with a "
    "provider, Kubernetes. It is the step that takes minutes.",
    "packages": "kairos-init installs the packages that Kairos needs: the first part of install. It depends on what "
    "decides about packages alone, so another provider leaves it cached.",
    "kernel": "kairos-init installs the kernel of the distribution, or of the board: a part of install.",
    "kairos": "kairos-init adds Kairos' own programs and files: a part of install that downloads nothing.",
    "provider": "kairos-init adds the provider and its Kubernetes: the last part of install, and the only one that "
    "another release of Kubernetes runs again.",
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
    ("packages", "default"): "it downloads packages",
    ("kernel", "default"): "it downloads the kernel",
    ("kairos", "none"): "its files come with kairos-init",
    ("kairos", "default"): "it downloads the releases that `binaries` names",
    ("provider", "default"): "it downloads Kubernetes",
    ("init", "none"): "it works on what install brought, and cannot fetch anything else",
    ("validate", "none"): "it only looks at files",
    ("check", "none"): "it only looks at files",
}
NETWORKS_OF_INIT = {
    "extension": "a stage extension installs packages, downloads something or runs commands in a stage of init",
    "old release": "releases of kairos-init before v0.5.0 may refresh package indexes in init",
    "trusted boot": "for trusted boot kairos-init downloads kernel modules where the base is Ubuntu, or may be",
}
ARTIFACT = "it works on files that are mounted for it"
NO_COMMAND = "no command runs"
DOWNLOAD = "no command runs: BuildKit downloads the file, unless it has one with this checksum"
TEST = "a test has none unless it says `network: default`"
RUN_AS_WRITTEN = "the step says so"


class Note(NamedTuple):
    """A sentence, and the steps that it holds for."""

    holds_for: Callable[[Plan, Step, Run], bool]
    text: str


NOTES = (
    Note(
        lambda _, step, run: group(step) == INSTALL and PLACEHOLDER_VERSION in run.argv,
        f"--version {PLACEHOLDER_VERSION} stands in for your version: the flag is required here and never read, and "
        "the same words for every version keep this step cached when you release the next one.",
    ),
    Note(
        lambda _, step, __: step.id in PARTS,
        "The other parts of install are steps of their own. kairos-init writes what it ran to "
        "/etc/kairos/kairos-init-install-stage.yaml anew in each, so that file tells of the last part alone; nothing "
        "reads it.",
    ),
    Note(
        lambda _, __, run: NO_INITRD in run.env,
        "INITRD=No: a kernel's package makes no initrd of its own, because init makes the one that the image boots.",
    ),
    Note(
        lambda _, __, run: any(mount.kind == "tmpfs" and mount.target == APT_LISTS for mount in run.mounts),
        "The lists of apt are in memory: no later step reads them, and init would only remove them.",
    ),
    Note(
        lambda _, __, run: any(mount.target == HOST_KEYS[0] for mount in run.mounts),
        "Where SSH's private keys would be is a file, so that none are made: whoever pulls the image could read them.",
    ),
    Note(
        lambda _, step, __: group(step) == INSTALL and any(field.startswith("hooks.") for field in step.fields),
        "installKernel is skipped: a `kernel` step installs the wanted kernel in its place.",
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
        lambda _, __, run: bool(run.error_file),
        "After an error kairos-init prints its usage. A shell around it leaves that out, so that the last lines of a "
        "failed build name the cause.",
    ),
    Note(
        lambda _, __, run: run.read_only_root,
        "The root is read-only: what looks at an image must not change it. What has to be written goes to /run, "
        "which every image has.",
    ),
    Note(
        lambda plan, step, _: step.id in plan.checks,
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
    """Return why the plan contains the step."""
    if step.start == AURORABOOT:
        return AURORABOOT_STEP if step.id.startswith(f"{AURORABOOT}-") else FILES_STEP
    return PURPOSES.get(step.id) or PURPOSES[group(step)]


def network(document: Document, step: Step) -> str:
    """Return why the step has its network."""
    if isinstance(step.action, Download):
        return DOWNLOAD
    if not isinstance(step.action, Run):
        return NO_COMMAND
    if step.start == AURORABOOT:
        return ARTIFACT
    if step.id == "init" and (reason := network_of_init(document)):
        return NETWORKS_OF_INIT[reason]
    if group(step) == TESTS:
        return RUN_AS_WRITTEN if step.action.network == "default" else TEST
    return NETWORKS.get((step.id, step.action.network)) or _of_a_hook(document, step)


def notes(plan: Plan, step: Step) -> list[str]:
    """Return further remarks on how the step is run."""
    run = step.action
    return [note.text for note in NOTES if isinstance(run, Run) and note.holds_for(plan, step, run)]


def _of_a_hook(document: Document, step: Step) -> str:
    written = {f"hooks.{path[1]}[{path[2]}]": own for path, own in document.steps()}[step.fields[0]]
    return written.network_reason


class Line(NamedTuple):
    """A line of a file that a step is there for; `more` lines of the same range follow it."""

    file: str
    number: int
    text: str
    more: int


class Explanation(NamedTuple):
    """A step with the reasons for it; `runs_again_when` is complete: nothing else takes it out of the cache."""

    step: Step
    purpose: str
    lines: tuple[Line, ...]
    fields: tuple[Field, ...]
    network: str
    network_reason: str
    notes: tuple[str, ...]
    runs_again_when: tuple[str, ...]


def explain_step(document: Document, plan: Plan, step: Step) -> Explanation:
    """Return the explanation of a step."""
    return Explanation(
        step,
        purpose(step),
        tuple(_line(document, where) for where in dict.fromkeys(step.ranges)),
        tuple(field for name in step.fields for field in look_up(document, name)),
        step.action.network if isinstance(step.action, Run) else "none",
        network(document, step),
        tuple(notes(plan, step)),
        tuple(_triggers(plan, step)),
    )


def place(document: Document, where: Range) -> str:
    """Return where something stands, as `Kairosfile:6`."""
    return f"{where.filename or document.source.filename}:{where.start.line}"


def _line(document: Document, where: Range) -> Line:
    source = where.source or document.source
    number = where.start.line
    text = source.line(number).rstrip()
    return Line(source.filename, number, HIDDEN if _says_too_much(text) else text, where.last_line - number)


def _says_too_much(line: str) -> bool:
    """Return whether a line holds what looks like a secret, or what a cloud-config says."""
    return is_secret("", line) or "#cloud-config" in line


def _triggers(plan: Plan, step: Step) -> Iterator[str]:
    if step.holds_secret:
        yield "it is asked for, each time: the secret may be another one"
    yield "a field changes that it depends on"
    if step.start in {BASE, AURORABOOT}:
        yield _image_changes(plan, step.start)
    else:
        yield f"{step.start}, which it starts from, runs again"
    action = step.action
    if isinstance(action, Copy):
        paths = ", ".join(action.sources)
        yield f"the content of {paths} changes in {_where(plan, action.image)}"
    if isinstance(action, File) and action.source:
        yield f"the content of {action.source} changes in the build context"
    for mount in action.mounts if isinstance(action, Run) else ():
        if mount.kind == "step":
            yield f"{mount.step}, whose files it reads, runs again"
        elif mount.kind in {"image", "context"}:
            yield f"the content of {_shown(mount)} changes in {_where(plan, mount.image)}"


def _image_changes(plan: Plan, image: str) -> str:
    asked = plan.image(image)
    if asked.digest:
        place = "the lock file" if asked.is_locked else "the file"
        return f"another digest is written into {place} for {asked.written.partition('@')[0]}"
    return f"the tag {asked.reference} names another image than it did"


def _shown(mount: Mount) -> str:
    return mount.path if mount.path not in {"", "."} else "any file"


def _where(plan: Plan, image: str) -> str:
    return plan.image(image).reference if image else "the build context"
