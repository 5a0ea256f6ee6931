"""Caches that package managers leave behind: they weigh on every pull and upgrade of the image."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from kairosfile.spec import rules
from kairosfile.spec.checks.lint_secrets import find_in
from kairosfile.spec.diagnostics import Diagnostic
from kairosfile.spec.model import RunStep

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.spec.document import Document


class Manager(NamedTuple):
    """A package manager: what fills its cache, what empties or avoids it, and where it is."""

    name: str
    installs: re.Pattern[str]
    cleans: re.Pattern[str]
    folders: tuple[str, ...]
    remedy: str


_OPTIONS = r"(?:\s+-\S+){0,12}\s+"
MANAGERS = (
    Manager(
        "apt",
        re.compile(rf"\bapt(?:-get)?{_OPTIONS}(?:install|upgrade|dist-upgrade|full-upgrade)\b"),
        re.compile(r"/var/lib/apt/lists"),
        ("/var/lib/apt", "/var/cache/apt"),
        "rm -rf /var/lib/apt/lists/*",
    ),
    Manager(
        "dnf",
        re.compile(rf"\b(?:dnf5?|yum|microdnf){_OPTIONS}(?:install|upgrade|update|localinstall|group)\b"),
        re.compile(r"\b(?:dnf5?|yum|microdnf)\s+(?:-\S+\s+){0,12}clean\b|/var/cache/(?:lib)?(?:dnf|yum)"),
        ("/var/cache/dnf", "/var/cache/yum", "/var/cache/libdnf5"),
        "dnf clean all",
    ),
    Manager(
        "zypper",
        re.compile(rf"\bzypper{_OPTIONS}(?:install|in|update|up|dup)\b"),
        re.compile(r"\bzypper\s+(?:-\S+\s+){0,12}(?:clean|cc)\b|/var/cache/zypp"),
        ("/var/cache/zypp",),
        "zypper clean --all",
    ),
    Manager(
        "apk",
        re.compile(rf"\bapk{_OPTIONS}(?:add|upgrade)\b"),
        re.compile(r"--no-cache\b|/var/cache/apk|/etc/apk/cache"),
        ("/var/cache/apk", "/etc/apk/cache"),
        "apk add --no-cache",
    ),
    Manager(
        "pacman",
        re.compile(r"\bpacman\s+(?:-\S+\s+){0,12}-S[yuw]*\b"),
        re.compile(r"\bpacman\s+(?:-\S+\s+){0,12}-Sc|/var/cache/pacman"),
        ("/var/cache/pacman",),
        "pacman -Scc --noconfirm",
    ),
)


def left(document: Document) -> Iterator[Diagnostic]:
    """A `run` step that installs packages cleans up after itself."""
    for path, step in document.steps():
        if not isinstance(step, RunStep):
            continue
        text = step.run if isinstance(step.run, str) else " ".join(step.run)
        mounted = [str(mount.target) for mount in getattr(step, "mounts", ()) if hasattr(mount, "target")]
        for manager in MANAGERS:
            found = manager.installs.search(text)
            if found and not manager.cleans.search(text) and not _is_mounted(manager, mounted):
                if manager.name == "apt" and _init_needs_lists(document, str(path[1])):
                    continue
                node = document.root.find((*path, "run"))
                place = find_in(document, node, found[0]) or node.range
                message = f"{manager.name} leaves its cache in the image"
                hint = f"use the step `packages`, mount a cache at {manager.folders[0]}, or end with `{manager.remedy}`"
                yield Diagnostic(rules.PACKAGE_CACHE, place, message, hint)


def _is_mounted(manager: Manager, mounted: list[str]) -> bool:
    return any(target == folder or target.startswith(f"{folder}/") for target in mounted for folder in manager.folders)


def _init_needs_lists(document: Document, hook: str) -> bool:
    """For trusted boot init downloads a package by the lists that earlier steps left."""
    return document.model.trusted_boot and hook != "after_init"
