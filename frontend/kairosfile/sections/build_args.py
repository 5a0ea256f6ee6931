"""Build args of a file: those that override fields, as in all generations of the Kairos Dockerfile, and its own.

    docker buildx build -f Kairosfile --build-arg VERSION=v1.2.3 .

Overrides are applied to the tree before it is checked, so a value from the command line is checked against the same
rules as one from the file, and a file may omit fields that the command line always sets. An empty value keeps the
field of the file, as the Dockerfile's default does; only an empty provider removes the provider.

A build arg without effect is usually mistyped, so there is a warning for it. Known are the args that override fields,
those that older commands give without effect, and those that a file declares or names. The caller removes the args
that BuildKit itself reads. `listed_args` has those that a user can set.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.kairos.commands import schema_for
from kairosfile.kairos.releases import IMAGE, UNPINNED, Release
from kairosfile.language.diagnostics import MAX_GUESSES, did_you_mean, nearest
from kairosfile.language.nodes import Node, Value, replace
from kairosfile.language.records import read
from kairosfile.named_tuple import NamedTuple
from kairosfile.sections.image.records import KairosInit
from kairosfile.sections.short_forms import tool_from_text

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping, Sequence

    from kairosfile.sections.document import Document


_TRUE = {"true": True, "1": True, "false": False, "0": False}
_FIPS = {"fips": True, "no-fips": False} | _TRUE

PROVIDER = ("provider", "name")
PROVIDER_VERSION = ("provider", "version")

# Further args of older commands: descriptions of the base that kairos-init reads from the base itself, and names of
# images made elsewhere. Accepted, without effect.
IGNORED = ("RELEASE", "FAMILY", "FLAVOR", "FLAVOR_RELEASE", "REGISTRY_AND_ORG")

# Used for releases of kairos-init with a flag for it, else accepted without effect: older commands give it
# whatever the release.
FRAMEWORK_VERSION = "FRAMEWORK_VERSION"

DEFAULT_PROVIDER = "k3s"  # of the generic Dockerfile, where VARIANT=standard alone is enough

TODAY = (
    "BASE_IMAGE",
    "VARIANT",
    "MODEL",
    "KUBERNETES_DISTRO",
    "KUBERNETES_VERSION",
    "VERSION",
    "KAIROS_INIT",
    "TRUSTED_BOOT",
    "FIPS",
)


def _text(text: str) -> Value:
    return text


def _switch(text: str) -> Value:
    return _TRUE.get(text.lower(), text)


def _fips(text: str) -> Value:
    return _FIPS.get(text.lower(), text)


def _uki(text: str) -> Value:
    return True if text == "systemd-boot" else None


def _unpinned(text: str) -> Value:
    return None if text == UNPINNED else text


def _kairos_init_tag(text: str) -> Value:
    """The Dockerfile appends the value as a tag to the name of the image; an image is used unchanged."""
    is_image = any(mark in text for mark in "/:@")
    return text if is_image or Release.parse(text) else f"{IMAGE}:{text}"


class FieldOverride(NamedTuple):
    """One build arg: the field that it overrides, and its parser; a result of None keeps the field."""

    name: str
    path: tuple[str, ...]
    read: Callable[[str], Value] = _text


# If several names of one field are given, the last one in this table is used.
BUILD_ARGS: tuple[FieldOverride, ...] = (
    FieldOverride("BASE_IMG", ("base",)),
    FieldOverride("BASE_IMAGE", ("base",)),
    FieldOverride("VARIANT", ("variant",)),
    FieldOverride("MODEL", ("model",)),
    FieldOverride("VERSION", ("version",)),
    FieldOverride("KAIROS_INIT", ("kairos_init",), _kairos_init_tag),
    FieldOverride("KAIROS_INIT_IMAGE", ("kairos_init",)),
    FieldOverride("BOOTLOADER", ("trusted_boot",), _uki),
    FieldOverride("TRUSTED_BOOT", ("trusted_boot",), _switch),
    FieldOverride("FIPS", ("fips",), _fips),
    FieldOverride("SOFTWARE_VERSION_PREFIX", PROVIDER),
    FieldOverride("KUBERNETES_DISTRO", PROVIDER),
    FieldOverride("PROVIDER_NAME", PROVIDER),
    FieldOverride("SOFTWARE_VERSION", PROVIDER_VERSION, _unpinned),
    FieldOverride("KUBERNETES_VERSION", PROVIDER_VERSION, _unpinned),
    FieldOverride("PROVIDER_VERSION", PROVIDER_VERSION, _unpinned),
)
NAMES = tuple(row.name for row in BUILD_ARGS)


def apply(root: Node, build_args: Mapping[str, str]) -> Node:
    """Return a copy of a file's tree with the build args applied."""
    if not isinstance(root.value, dict):
        return root
    root = replace(root, value=dict(root.fields))
    _put_provider(root, build_args)
    for row in BUILD_ARGS:
        text = build_args.get(row.name)
        if text and row.path[0] != "provider" and (value := row.read(text)) is not None:
            _put(root, row.path[0], value, row.name)
    _put_framework_version(root, build_args.get(FRAMEWORK_VERSION, ""))
    return root


def _put_framework_version(root: Node, version: str) -> None:
    if not version:
        return
    chosen = root.fields.get("kairos_init")
    kairos_init, problems = read(KairosInit, tool_from_text(chosen.plain() if chosen else None), chosen or root)
    if problems:
        return  # reading the whole file says what is wrong with it
    framework = root.fields.get("framework") or Node({}, root.range.first())
    if isinstance(framework.value, dict) and schema_for(kairos_init.release).knows("framework.version"):
        framework = replace(framework, value=dict(framework.value))
        _put(framework, "version", version, FRAMEWORK_VERSION)
        root.fields["framework"] = framework


def _put_provider(root: Node, build_args: Mapping[str, str]) -> None:
    """Apply the provider's name and version to the tree, and change the variant accordingly.

    VARIANT=core drops the provider and an empty provider makes the image core, as they do in the generic Dockerfile.
    """
    rows = [row for row in BUILD_ARGS if row.path == PROVIDER and row.name in build_args]
    variant = build_args.get("VARIANT")
    if variant == "core" or (rows and not build_args[rows[-1].name]):
        return _drop_provider(root, rows[-1].name if rows else "VARIANT")
    if rows:
        if not _brings(root, build_args[rows[-1].name]):
            _put(root, "provider", build_args[rows[-1].name], rows[-1].name)
        if not variant:
            _put(root, "variant", "standard", rows[-1].name)
    elif variant == "standard" and "provider" not in root.fields:
        _put(root, "provider", DEFAULT_PROVIDER, "VARIANT")
    return _put_provider_version(root, build_args)


def _brings(root: Node, name: str) -> bool:
    """Return whether the file has a plugin for the provider of this name, which must be kept."""
    provider = root.fields.get("provider")
    own = provider.fields if provider is not None else {}
    return "plugin" in own and "name" in own and own["name"].value == name


def _drop_provider(root: Node, build_arg: str) -> None:
    root.fields.pop("provider", None)
    if "variant" in root.fields:
        _put(root, "variant", "core", build_arg)


def _put_provider_version(root: Node, build_args: Mapping[str, str]) -> None:
    rows = [row for row in BUILD_ARGS if row.path == PROVIDER_VERSION and build_args.get(row.name)]
    provider = root.fields.get("provider")
    if not rows or provider is None:
        return
    if isinstance(provider.value, str):
        provider = replace(provider, value={"name": replace(provider)})
    if isinstance(provider.value, dict):
        provider = replace(provider, value=dict(provider.value))
        _put(provider, "version", rows[-1].read(build_args[rows[-1].name]), rows[-1].name)
    root.fields["provider"] = provider


def _put(parent: Node, field: str, value: Value, build_arg: str) -> None:
    old = parent.fields.get(field)
    range_ = old.range if old else (parent.key or parent.range).first()
    parent.fields[field] = Node(value, range_, old.key if old else None, f"--build-arg {build_arg}")


FIELDS = frozenset({*NAMES, *IGNORED, FRAMEWORK_VERSION})


def unused(documents: Sequence[Document], build_args: Iterable[str]) -> list[str]:
    """Return a warning for each of `build_args` that no document uses, sorted by name."""
    used = frozenset[str]().union(*(document.build_args for document in documents))
    platforms = frozenset[str]().union(*(document.args for document in documents)) - used
    names = sorted(set(build_args) - FIELDS - used)
    known = sorted(FIELDS | used) if len(names) <= MAX_GUESSES else []
    return [_sentence(name, known, platforms) for name in names]


def _sentence(name: str, known: Sequence[str], platforms: Container[str]) -> str:
    if name in platforms:
        return f"--build-arg {name} has no effect: the platform sets it; use --platform"
    hint = did_you_mean(nearest(name, known)) or f"declare it under `args:`, or remove --build-arg {name}"
    return f"--build-arg {name} has no effect: the file has no such arg, and it overrides no field; {hint}"
