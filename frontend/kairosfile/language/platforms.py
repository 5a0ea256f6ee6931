"""The platforms that a file supports, and their overrides.

    platforms:
      linux/amd64:
      linux/arm64: {model: rpi4, packages: [wireless-regdb]}

The overrides of a platform replace the fields before the file is checked; its packages become one more step at the end
of `after_install`. A file without the section supports all platforms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.language import rules
from kairosfile.language.diagnostics import MAX_GUESSES, Diagnostic, did_you_mean, listing, nearest
from kairosfile.language.nodes import Node, replace
from kairosfile.oci import Platform

if TYPE_CHECKING:
    from collections.abc import Iterator

FIELD = "platforms"
REPLACED = ("base", "model")
KNOWN = ("linux/amd64", "linux/arm64", "linux/riscv64")
DEFAULT = KNOWN[0]
# Names of platforms are similar: only a very close one is suggested.
_ALIKE = 0.85


def named(root: Node) -> dict[str, Node]:
    """Return the platforms that a file names, in BuildKit's spelling, with their nodes."""
    return {normal(name) or name: node for name, node in _section(root).fields.items()}


def normal(name: str) -> str | None:
    """Return a platform in BuildKit's spelling, None for an invalid one."""
    try:
        return str(Platform.parse(name).normalized())
    except ValueError:
        return None


def _section(root: Node) -> Node:
    section = root.fields.get(FIELD)
    if section is not None and isinstance(section.value, list):
        texts = [node for node in section.items if isinstance(node.value, str)]
        items = {str(node.value): replace(node, value={}, key=node.range) for node in texts}
        return replace(section, value=items)
    return section or Node({}, root.range)


def diagnostics(root: Node, platform: str) -> Iterator[Diagnostic]:
    """Yield the diagnostics of the names; without any, one if the built platform is not among them."""
    section = _section(root)
    names = named(root)
    for name, node in section.fields.items():
        if normal(name) not in KNOWN:
            message, hint, suggestion = unknown(name, guess=len(section.fields) <= MAX_GUESSES)
            range_ = node.key or node.range
            yield Diagnostic(rules.PLATFORM, range_, message, hint).with_suggestion(suggestion, range_)
    if names and platform not in names and names.keys() <= {*KNOWN}:
        message = f"this file is not for {platform}"
        hint = f"build it with --platform {','.join(names)}, or add the platform here"
        yield Diagnostic(rules.PLATFORM, section.key or section.range, message, hint)


def unknown(name: str, *, guess: bool) -> tuple[str, str, str]:
    """Return the message, hint and suggestion for a platform that Kairos does not support."""
    suggestion = nearest(name, KNOWN, cutoff=_ALIKE) if guess else ""
    return (
        f'"{name}" is not a platform of Kairos',
        did_you_mean(suggestion) or f"Kairos is built for {listing(KNOWN)}",
        suggestion,
    )


def apply_platform_overrides(root: Node, platform: str) -> Node:
    """Return a file's tree with the overrides of one platform applied."""
    own = named(root).get(platform)
    if own is None or not own.fields:
        return root
    fields = root.fields | {name: own.fields[name] for name in REPLACED if name in own.fields}
    packages = own.fields.get("packages")
    if packages is not None and isinstance(packages.value, list):  # else validation of the model reports it
        fields["hooks"] = _with_packages(root, packages)
    return replace(root, value=fields)


def _with_packages(root: Node, packages: Node) -> Node:
    step = Node({"packages": packages}, packages.whole, packages.key)
    hooks = root.fields.get("hooks") or Node({}, packages.range, packages.key)
    steps = hooks.fields.get("after_install") or Node([], packages.range, packages.key)
    if not isinstance(hooks.value, dict) or not isinstance(steps.value, list):
        return hooks  # validation of the model reports it
    return replace(hooks, value=hooks.value | {"after_install": replace(steps, value=[*steps.value, step])})


def arg_values(target: Platform, build: Platform) -> dict[str, str]:
    """Return the values of the args that every file has, named as in a Dockerfile."""
    values: dict[str, str] = {}
    for prefix, platform in (("TARGET", target), ("BUILD", build)):
        values[f"{prefix}PLATFORM"] = str(platform)
        values[f"{prefix}OS"] = platform.os
        values[f"{prefix}ARCH"] = platform.architecture
        values[f"{prefix}VARIANT"] = platform.variant
    return values
