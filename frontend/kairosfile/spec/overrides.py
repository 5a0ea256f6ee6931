"""Build args that stand in for fields, as in the generic Kairos Dockerfile.

    docker buildx build -f Kairosfile --build-arg VERSION=v1.2.3 .

They are laid over the tree before it is checked, so a value from the command line is held against the same
rules as one from the file, and a file may leave out what the command line always gives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.kairos.names import UNPINNED
from kairosfile.spec.nodes import CONSTANTS, Node, Value
from kairosfile.spec.source import Range

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXT_FIELDS = {
    "BASE_IMAGE": "base",
    "VARIANT": "variant",
    "MODEL": "model",
    "VERSION": "version",
    "KAIROS_INIT": "kairos_init",
    "KAIROS_INIT_IMAGE": "kairos_init",
}
SWITCHES = {"TRUSTED_BOOT": "trusted_boot"}
PROVIDER_NAME = "KUBERNETES_DISTRO"
PROVIDER_VERSION = "KUBERNETES_VERSION"
NAMES = (*TEXT_FIELDS, *SWITCHES, PROVIDER_NAME, PROVIDER_VERSION)


def apply(root: Node, build_args: Mapping[str, str]) -> None:
    """Lay the build args over the root mapping of a tree; an empty value leaves the field to the file."""
    if not isinstance(root.value, dict):
        return
    for name, field in TEXT_FIELDS.items():
        if text := build_args.get(name):
            _put(root, field, text, name)
    for name, field in SWITCHES.items():
        if text := build_args.get(name):
            _put(root, field, CONSTANTS.get(text, text), name)
    _apply_provider(root, build_args)


def _apply_provider(root: Node, build_args: Mapping[str, str]) -> None:
    """Lay the provider's name and version over the tree, and keep the variant in step with them.

    VARIANT=core drops the provider and an empty KUBERNETES_DISTRO makes the image core, as they do in the
    generic Dockerfile.
    """
    name, variant = build_args.get(PROVIDER_NAME), build_args.get("VARIANT")
    if variant == "core" or name == "":
        _drop_provider(root)
    elif name is not None:
        _put(root, "provider", name, PROVIDER_NAME)
        if not variant:
            _put(root, "variant", "standard", PROVIDER_NAME)
    if (version := build_args.get(PROVIDER_VERSION)) and "provider" in root.fields:
        _put_provider_version(root, version)


def _drop_provider(root: Node) -> None:
    fields = root.fields
    fields.pop("provider", None)
    if "variant" in fields and not fields["variant"].origin:
        _put(root, "variant", "core", PROVIDER_NAME)


def _put_provider_version(root: Node, version: str) -> None:
    provider = root.fields["provider"]
    if isinstance(provider.value, str):
        name = Node(provider.value, provider.range, provider.key, provider.origin)
        provider = Node({"name": name}, provider.range, provider.key, provider.origin)
        root.fields["provider"] = provider
    if isinstance(provider.value, dict):
        _put(provider, "version", None if version == UNPINNED else version, PROVIDER_VERSION)


def _put(parent: Node, field: str, value: Value, build_arg: str) -> None:
    old = parent.fields.get(field)
    where = old.range if old else _first_line(parent)
    parent.fields[field] = Node(value, where, old.key if old else None, f"--build-arg {build_arg}")


def _first_line(parent: Node) -> Range:
    start = (parent.key or parent.range).start
    return Range.of(start.line, start.column)
