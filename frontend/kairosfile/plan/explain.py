"""Explain a step: why it exists, what it depends on, its network, and what makes it run again.

Reasons are tables of sentences. The code that creates a step decides; the sentence is derived from the plan's content,
so that the two cannot disagree. Fields are looked up by the names of `Step.fields`; a field that the file omits has
its default and no range. The value of a possible secret is hidden, its name is shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.kairos.commands import PLACEHOLDER_VERSION
from kairosfile.kairos.distributions import NO_INITRD
from kairosfile.kairos.install_parts import GROUP as INSTALL
from kairosfile.kairos.install_parts import IDS as PARTS
from kairosfile.kairos.releases import FOLDER as LOG
from kairosfile.kairos.releases import UNPINNED
from kairosfile.language.records import Record
from kairosfile.named_tuple import NamedTuple
from kairosfile.patterns import compile_later
from kairosfile.plan.install import APT_LISTS, HOST_KEYS, in_parts
from kairosfile.plan.kairos import network_of_init, variant
from kairosfile.plan.model import AURORABOOT, BASE, KAIROS_INIT, Copy, Download, File, Mount, Plan, Run, Step
from kairosfile.plan.targets import group
from kairosfile.sections.artifacts.records import Artifacts
from kairosfile.sections.image_tests.steps import TESTS
from kairosfile.sections.lint.secrets import is_secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kairosfile.language.nodes import Node, Path, Plain, Range
    from kairosfile.sections.document import Document


HIDDEN = "(not shown)"
_PART = compile_later(r"([^.\[\]]+)|\[([0-9]+)\]")
_NAMED_BY_USERS = ("args", "environment")
_AS_WRITTEN = ("install", "init", "hooks", "cloud_config", "skip_steps", "tests", "artifacts")
_NAMED = ("hooks", "tests")

PURPOSES = {
    "before_install": "Your step on the unmodified base image. Use it for what install needs, such as repositories, "
    "certificates and proxies.",
    "binaries": "Sets the releases of the Kairos binaries that install downloads instead of its built-in ones.",
    "plugin": "Adds the provider plugin to the folder that kairos-init searches: install calls it for the provider, "
    "and the agent of a machine uses it.",
    "install": "kairos-init installs the components of Kairos on the base: packages, a kernel, Kairos' own programs "
    "and, with a provider, Kubernetes. This step takes minutes.",
    "packages": "kairos-init installs the packages that Kairos needs: the first part of install. It depends only on "
    "the fields that select packages, so another provider leaves it cached.",
    "kernel": "kairos-init installs the kernel of the distribution, or of the board: a part of install.",
    "kairos": "kairos-init adds Kairos' own programs and files: a part of install that downloads nothing.",
    "provider": "kairos-init adds the provider and its Kubernetes: the last part of install, and the only one that "
    "another release of Kubernetes runs again.",
    "after_install": "Your step between install and init: files that it adds can still become part of the initrd.",
    "init": "kairos-init makes the image bootable: /etc/kairos-release with your version, the initrd, services; then "
    "it cleans up.",
    "cloud-config": "A file that Kairos reads at every boot. It is added after init, which does not read it, so that "
    "a change of it leaves install and init cached.",
    "after_init": "Your step on the bootable image: the initrd does not change any more.",
    "validate": "kairos-init checks the finished image; an error that it reports fails the build.",
    "check": "Checks what `validate` of this release of kairos-init does not check: the provider, the program of its "
    "Kubernetes, and the entries for them in /etc/kairos-release.",
    "tests": "Your test of the finished image: if it fails, the build fails.",
}

AURORABOOT_STEP = "AuroraBoot creates bootable files from the finished image; its root is mounted read-only."
FILES_STEP = "Selects the requested files from AuroraBoot's output, renames them and writes a checksum file for each."

NETWORKS = {
    ("install", "default"): "it downloads packages, the kernel and Kubernetes",
    ("packages", "default"): "it downloads packages",
    ("kernel", "default"): "it downloads the kernel",
    ("kairos", "none"): "its files come with kairos-init",
    ("kairos", "default"): "it downloads the releases that `binaries` names",
    ("provider", "default"): "it downloads Kubernetes",
    ("init", "none"): "it uses only files that install added",
    ("validate", "none"): "it only reads files",
    ("check", "none"): "it only reads files",
}
NETWORKS_OF_INIT = {
    "extension": "a stage extension installs packages, downloads something or runs commands in a stage of init",
    "old release": "releases of kairos-init before v0.5.0 may refresh package indexes in init",
    "trusted boot": "for trusted boot kairos-init downloads kernel modules if the base is Ubuntu, or may be",
}
ARTIFACT = "it works on mounted files"
NO_COMMAND = "no command runs"
DOWNLOAD = "no command runs: BuildKit downloads the file, unless it has one with this checksum"
TEST = "a test has no network unless it sets `network: default`"
RUN_AS_WRITTEN = "the step sets it"


class Field(NamedTuple):
    """One value: `range` is None for a default, `origin` names the build arg that set it, if any."""

    name: str
    value: Plain
    range: Range | None = None
    set_by: str = ""

    @property
    def shown(self) -> Plain:
        """The value without secrets: a cloud-config may contain password hashes, any value a pasted token."""
        key = self.name.rpartition(".")[2]
        return HIDDEN if self.name.startswith("cloud_config") and key == "content" else _hide(key, self.value)


def look_up(document: Document, name: str) -> list[Field]:
    """Return the values of a field.

    The name of a hook step or a test is omitted: it is only shown in the progress output, and changes nothing.

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
        range_ = None if node is None or _is_given(node) else node.whole
        yield Field(name, value, range_, node.set_by if node else "")
        return
    for key, item in value.items():
        yield from _leaves(f"{name}.{key}", item, node.child(key) if node else None)


def _path(name: str) -> Path:
    top, _, rest = name.partition(".")
    if top in _NAMED_BY_USERS:
        return (top, rest)
    return tuple(int(number) if number else word for word, number in _PART.findall(name))


def _node(document: Document, path: Path) -> Node | None:
    """Return the node of a field; that of `provider` for `provider.name` if the file names nothing else."""
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
        return model.dump()
    return model if isinstance(model, str | bool) else None


def _hide(key: str, value: Plain) -> Plain:
    if isinstance(value, dict):
        return {name: _hide(name, item) for name, item in value.items()}
    if isinstance(value, list):
        return [_hide(key, item) for item in value]
    return HIDDEN if isinstance(value, str) and is_secret(key, value) else value


class Note(NamedTuple):
    """A sentence, and the steps that it applies to."""

    holds_for: Callable[[Plan, Step, Run], bool]
    text: str


NOTES = (
    Note(
        lambda _, step, run: group(step) == INSTALL and PLACEHOLDER_VERSION in run.argv,
        f"--version {PLACEHOLDER_VERSION} is a placeholder for your version: the flag is required here and never read, "
        "and the same command for every version keeps this step cached when you release the next one.",
    ),
    Note(
        lambda _, step, __: step.id in PARTS,
        "The other parts of install are separate steps. Each of them overwrites "
        "/etc/kairos/kairos-init-install-stage.yaml, where kairos-init records what it ran, so that file describes "
        "only the last part; nothing reads it.",
    ),
    Note(
        lambda _, __, run: NO_INITRD in run.env,
        "INITRD=No: a kernel package generates no initrd, because init generates the one that the image boots.",
    ),
    Note(
        lambda _, __, run: any(mount.kind == "tmpfs" and mount.target == APT_LISTS for mount in run.mounts),
        "The package lists of apt are in memory: no later step reads them, and init would only remove them.",
    ),
    Note(
        lambda _, __, run: any(mount.target == HOST_KEYS[0] for mount in run.mounts),
        "A file is mounted in place of SSH's private host keys, so that the package generates no keys: everyone who "
        "pulls the image could read them.",
    ),
    Note(
        lambda _, step, __: group(step) == INSTALL and any(field.startswith("hooks.") for field in step.fields),
        "installKernel is skipped: a `kernel` step installs its kernel instead.",
    ),
    Note(
        lambda _, __, run: any(mount.image == KAIROS_INIT and mount.kind == "image" for mount in run.mounts),
        "kairos-init is mounted, not copied: no layer of your image contains it.",
    ),
    Note(
        lambda _, __, run: any(mount.kind == "tmpfs" and mount.target == LOG for mount in run.mounts),
        "Its log is written to memory, not into a layer: every line has the time, so no two builds would be identical.",
    ),
    Note(
        lambda _, __, run: bool(run.error_file),
        "After an error kairos-init prints its usage. A shell around it removes the usage, so that the last lines of a "
        "failed build show the cause.",
    ),
    Note(
        lambda _, __, run: run.read_only_root,
        "The root is read-only: a check must not change the image. Temporary files are written to /run, which every "
        "image has.",
    ),
    Note(
        lambda plan, step, _: step.id in plan.checks,
        "It adds nothing to the image, but the image depends on it: its empty result is merged into the image, so that "
        "the result of the check can be cached too.",
    ),
    Note(
        lambda _, step, run: (
            not step.holds_secret
            and (any(mount.kind in {"secret", "ssh"} for mount in run.mounts) or bool(run.secret_env))
        ),
        "Secrets and SSH agents are visible only to the command. They are in no layer, and another value leaves the "
        "step cached.",
    ),
    Note(
        lambda _, __, run: run.security == "insecure",
        "It needs the builder's devices to mount partitions: allow that with --allow security.insecure.",
    ),
    Note(
        lambda _, step, __: step.holds_secret,
        "Its result contains a secret, so it runs in every build: a cache cannot detect a changed secret. A last step "
        "without inputs exports the result, because BuildKit exports no cache of such a step.",
    ),
    Note(
        lambda _, __, run: run.network != "none",
        "The cache key does not include what the network returns: newer packages are installed when something else "
        "makes the step run again.",
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
    step_of_file = {f"hooks.{path[1]}[{path[2]}]": own for path, own in document.steps()}[step.fields[0]]
    return step_of_file.network_reason


class Line(NamedTuple):
    """A line of the file that the step comes from; `more` lines of the same range follow it."""

    file: str
    number: int
    text: str
    more: int


class Explanation(NamedTuple):
    """A step with the reasons for it; `runs_again_when` is complete: nothing else invalidates its cache."""

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
        tuple(_line(document, range_) for range_ in dict.fromkeys(step.ranges)),
        tuple(field for name in step.fields for field in look_up(document, name)),
        step.action.network if isinstance(step.action, Run) else "none",
        network(document, step),
        tuple(notes(plan, step)),
        tuple(_triggers(plan, step)),
    )


def location(document: Document, range_: Range) -> str:
    """Return a range as text, such as `Kairosfile:6`."""
    return f"{range_.filename or document.source.filename}:{range_.start.line}"


def _line(document: Document, range_: Range) -> Line:
    source = range_.source or document.source
    number = range_.start.line
    text = source.line(number).rstrip()
    return Line(source.filename, number, HIDDEN if _says_too_much(text) else text, range_.last_line - number)


def _says_too_much(line: str) -> bool:
    """Return whether a line contains a possible secret, or the content of a cloud-config."""
    return is_secret("", line) or "#cloud-config" in line


def _triggers(plan: Plan, step: Step) -> Iterator[str]:
    if step.holds_secret:
        yield "it is requested: the secret may have changed"
    yield "a field changes that it depends on"
    if step.start in {BASE, AURORABOOT}:
        yield _image_changes(plan, step.start)
    else:
        yield f"{step.start}, which it starts from, runs again"
    action = step.action
    if isinstance(action, Copy):
        paths = ", ".join(action.sources)
        yield f"the content of {paths} changes in {_source_of(plan, action.image)}"
    if isinstance(action, File) and action.source:
        yield f"the content of {action.source} changes in the build context"
    for mount in action.mounts if isinstance(action, Run) else ():
        if mount.kind == "step":
            yield f"{mount.step}, whose files it reads, runs again"
        elif mount.kind in {"image", "context"}:
            yield f"the content of {_shown(mount)} changes in {_source_of(plan, mount.image)}"


def _image_changes(plan: Plan, image: str) -> str:
    image_pin = plan.image(image)
    if image_pin.digest:
        holder = "the lock file" if image_pin.is_locked else "the file"
        return f"the digest of {image_pin.written.partition('@')[0]} in {holder} changes"
    return f"the tag {image_pin.reference} points to another image"


def _shown(mount: Mount) -> str:
    return mount.path if mount.path not in {"", "."} else "any file"


def _source_of(plan: Plan, image: str) -> str:
    return plan.image(image).reference if image else "the build context"
