"""Advice about files that build today but may cause problems later, and invalid characters.

Advice stops no build. A warning is about a line that can be improved, so a missing field causes no warning; the only
exception is the provider's version, because its default changes with every release. Caches of package managers that
stay in the image slow down every pull and upgrade.

A NUL ends every argument of a program, so it is refused in all texts for programs. ESC, C1 and bidi controls change
the visible text in a terminal or a review. A newline in a name or a path begins a line of a log, of a Dockerfile or of
a list of files; in a label or an annotation it is text.

Linux starts no program with an argument or a variable of more than 128 KiB, and opens no path of more than 4 KiB.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.kairos.releases import UNPINNED, is_version, plain_numbers
from kairosfile.language import rules
from kairosfile.language.diagnostics import Diagnostic
from kairosfile.named_tuple import NamedTuple
from kairosfile.patterns import DOTALL, compile_later
from kairosfile.sections.document import image_fields
from kairosfile.sections.lint.secrets import find_in, pasted
from kairosfile.untrusted import escape

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

    from kairosfile.language.nodes import Node, Path
    from kairosfile.sections.document import Document


PARTS = 3
# `int` refuses texts of thousands of digits.
_NUMBERS = compile_later(r"v?([0-9]{1,20}(?:\.[0-9]{1,20}+)*)(.*)", DOTALL)
_FOREIGN = compile_later(r"[^0-9A-Za-z.-]")

_OPTIONS = r"(?:\s+-\S+){0,12}\s+"

# C0 except tab and newline, DEL, C1, and characters that reorder text; tab and newline too if the text is one name.
_CONTROLS = compile_later("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_OF_A_NAME = compile_later("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# Texts for a program or a file, where only a NUL is invalid.
_TEXTS = frozenset(
    {"run", "content", "contains", "matches", "stdout", "stderr", "env", "environment", "args", "cmdline"}
)
# Sections whose values may have several lines.
_SEVERAL_LINES = frozenset({"labels", "annotations"})
# A file may contain any byte.
_BINARY = "content"

_NUL = compile_later("\x00")

# Linux' MAX_ARG_STRLEN is 131,072 with the NUL at the end; a variable has its name there too. PATH_MAX and NAME_MAX.
LONGEST_TEXT, LONGEST_PATH, LONGEST_NAME = 130_000, 4_095, 255
_PATHS = frozenset({"to", "file", "workdir", "target", "symlink", "copy", "source", "path"})


def base_pinned(document: Document) -> Iterator[Diagnostic]:
    """The base has a digest: a tag may point to another image tomorrow."""
    base = document.model.base
    if "@" in base or "$" in base or document.lock is not None:
        return  # beside a lock file, KF509 says what is not in it
    tag = base.rpartition("/")[2].partition(":")[2]
    if tag in {"", "latest"}:
        message = f'the base "{base}" is its newest release on the day of the build'
        hint = "name a release; `kairosfile lock` pins its digest"
    else:
        message = f'the base "{base}" is a tag, which may point to another image tomorrow'
        hint = f"pin it: run `kairosfile lock`, or write {base}@sha256:..."
    yield document.diagnostic(rules.BASE_PINNED, ("base",), message, hint)


def kairos_init_pinned(document: Document) -> Iterator[Diagnostic]:
    """The kairos-init of the file has a digest."""
    reference = document.model.kairos_init.reference
    if "kairos_init" in document.root.fields and "@" not in reference and document.lock is None:
        message = f"kairos-init is named by a tag, {reference}"
        hint = "for reproducible builds run `kairosfile lock`, or add `digest: sha256:...`"
        yield document.diagnostic(rules.KAIROS_INIT_PINNED, ("kairos_init",), message, hint)


def provider_pinned(document: Document) -> Iterator[Diagnostic]:
    """The provider has a version; otherwise the next build may install another Kubernetes."""
    provider = document.model.provider
    if provider is not None and provider.is_bundled and provider.version in {None, UNPINNED}:
        message = f"the release of {provider.name} is the newest on the day of the build"
        hint = f"pin it: `provider: {{name: {provider.name}, version: ...}}`"
        rule = rules.PROVIDER_PINNED if document.lock is None else rules.NOT_LOCKED
        yield document.diagnostic(rule, ("provider", "version"), message, hint)


def version_form(document: Document) -> Iterator[Diagnostic]:
    """The version can be part of the tags that upgrades look for: a v, three numbers, no build part.

    A version that kairos-init cannot parse is an error of another rule, and not reported here.
    """
    version = document.model.version
    if _is_best(version):
        return
    match = _NUMBERS.fullmatch(version)
    if match is None or not is_version(version):
        return
    numbers, rest = match[1].split("."), match[2]
    better = better_version(version)
    hint = f"write {better}"
    if not version.startswith("v"):
        message = f'upgrades find images by a tag that ends in -v..., and "{version}" has no leading v'
        yield document.diagnostic(rules.VERSION_PREFIX, ("version",), message, hint, better)
    if "+" in rest:
        message = f'an image tag cannot contain the "+" of "{version}"; tags of Kairos have "-" instead'
        yield document.diagnostic(rules.VERSION_BUILD, ("version",), message, hint, better)
    if len(numbers) != PARTS or numbers != [str(int(number)) for number in numbers]:
        message = f'"{version}" is not three plain numbers; kairos-init records it in another form'
        yield document.diagnostic(rules.VERSION_PARTS, ("version",), message, hint, better)


def _is_best(version: str) -> bool:
    numbers = plain_numbers(version)
    return version.startswith("v") and len(numbers) == PARTS and all(each == "0" or each[0] != "0" for each in numbers)


def locked(document: Document) -> Iterator[Diagnostic]:
    """With a lock file every image is pinned: a missing one would change unnoticed."""
    if document.lock is None:
        return
    for path, reference in image_fields(document):
        if "@" not in reference and not document.lock.digest(reference):
            message = f"{reference} is not in {document.lock.filename}, so its tag is looked up as without a lock file"
            yield _not_locked(document, path, message)


def _not_locked(document: Document, path: Path, message: str) -> Diagnostic:
    """Return the diagnostic at the field; at the first field of the file if it has the default."""
    hint = "run `kairosfile lock`, which adds it"
    if path[0] in document.root.fields:
        set_by = document.root.find(path).set_by
        hint = f"run `kairosfile lock` with the same {set_by.split()[0]}, or give a digest" if set_by else hint
        return document.diagnostic(rules.NOT_LOCKED, path, message, hint)
    return Diagnostic(rules.NOT_LOCKED, document.range(*path), message, hint)


def better_version(version: str) -> str:
    """Return a version in the form of Kairos' tags, empty for a text that does not begin with a number."""
    match = _NUMBERS.fullmatch(version)
    if match is None:
        return ""
    three = ".".join(str(int(number)) for number in [*match[1].split("."), "0", "0"][:PARTS])
    rest = _FOREIGN.sub("-", match[2]).strip("-.")
    return f"v{three}{'-' if rest else ''}{rest}"


class Manager(NamedTuple):
    """A package manager: the commands that fill its cache, those that empty or avoid it, and its folders."""

    name: str
    installs: re.Pattern[str]
    cleans: re.Pattern[str]
    folders: tuple[str, ...]
    remedy: str


MANAGERS = (
    Manager(
        "apt",
        compile_later(rf"\bapt(?:-get)?{_OPTIONS}(?:install|upgrade|dist-upgrade|full-upgrade)\b", needs=("apt",)),
        compile_later(r"/var/lib/apt/lists"),
        ("/var/lib/apt", "/var/cache/apt"),
        "rm -rf /var/lib/apt/lists/*",
    ),
    Manager(
        "dnf",
        compile_later(
            rf"\b(?:dnf5?|yum|microdnf){_OPTIONS}(?:install|upgrade|update|localinstall|group)\b", needs=("dnf", "yum")
        ),
        compile_later(r"\b(?:dnf5?|yum|microdnf)\s+(?:-\S+\s+){0,12}clean\b|/var/cache/(?:lib)?(?:dnf|yum)"),
        ("/var/cache/dnf", "/var/cache/yum", "/var/cache/libdnf5"),
        "dnf clean all",
    ),
    Manager(
        "zypper",
        compile_later(rf"\bzypper{_OPTIONS}(?:install|in|update|up|dup)\b", needs=("zypper",)),
        compile_later(r"\bzypper\s+(?:-\S+\s+){0,12}(?:clean|cc)\b|/var/cache/zypp"),
        ("/var/cache/zypp",),
        "zypper clean --all",
    ),
    Manager(
        "apk",
        compile_later(rf"\bapk{_OPTIONS}(?:add|upgrade)\b", needs=("apk",)),
        compile_later(r"--no-cache\b|/var/cache/apk|/etc/apk/cache"),
        ("/var/cache/apk", "/etc/apk/cache"),
        "apk add --no-cache",
    ),
    Manager(
        "pacman",
        compile_later(r"\bpacman\s+(?:-\S+\s+){0,12}-S[yuw]*\b", needs=("pacman",)),
        compile_later(r"\bpacman\s+(?:-\S+\s+){0,12}-Sc|/var/cache/pacman"),
        ("/var/cache/pacman",),
        "pacman -Scc --noconfirm",
    ),
)


def package_caches(document: Document) -> Iterator[Diagnostic]:
    """A `run` step that installs packages cleans up after itself."""
    for path, step in document.steps():
        for manager in MANAGERS:
            match = manager.installs.search(step.script)
            if match and not manager.cleans.search(step.script) and not _is_mounted(manager, step.mounted):
                if manager.name == "apt" and _init_needs_lists(document, str(path[1])):
                    continue
                node = document.root.find((*path, step.verb))
                range_ = find_in(document, node, match[0]) or node.range
                message = f"{manager.name} leaves its cache in the image"
                hint = f"use the step `packages`, mount a cache at {manager.folders[0]}, or end with `{manager.remedy}`"
                yield Diagnostic(rules.PACKAGE_CACHE, range_, message, hint)


def _is_mounted(manager: Manager, mounted: tuple[str, ...]) -> bool:
    return any(target == folder or target.startswith(f"{folder}/") for target in mounted for folder in manager.folders)


def _init_needs_lists(document: Document, hook: str) -> bool:
    """Return whether init of trusted boot downloads a package by the lists of earlier steps."""
    return document.model.trusted_boot and hook != "after_init"


def alphabet(document: Document) -> Iterator[Diagnostic]:
    """Names, labels, annotations and paths contain no invisible or reordering characters."""
    yield from _walk(document.root, "", _OF_A_NAME, set())


def _walk(node: Node, name: str, forbidden: re.Pattern[str], visited: set[int]) -> Iterator[Diagnostic]:
    if isinstance(node.value, str):
        if name != _BINARY:
            yield from _check_text(node.value, node, forbidden)
            if len(node.value) > LONGEST_NAME:
                yield from _check_length(node.value, node, name)
        return
    if node.value is not None and id(node.value) in visited:
        return  # an alias: its anchor has been looked at
    visited.add(id(node.value))
    for key, child in node.fields.items():
        if child.key is not None and (match := _search(_OF_A_NAME, key)):
            message = f'the key "{escape(key)}" contains {_name(match[0])}'
            yield Diagnostic(rules.ALPHABET, child.key, message, "remove it")
        yield from _walk(child, key, _forbidden(key, forbidden), visited)
    for child in node.items:
        yield from _walk(child, name, forbidden, visited)


def _forbidden(key: str, outer: re.Pattern[str]) -> re.Pattern[str]:
    if key in _TEXTS or outer is _NUL:
        return _NUL
    return _CONTROLS if key in _SEVERAL_LINES else outer


def _search(forbidden: re.Pattern[str], text: str) -> re.Match[str] | None:
    return None if text.isprintable() else forbidden.search(text)


def _check_text(text: str, node: Node, forbidden: re.Pattern[str]) -> Iterator[Diagnostic]:
    if match := _search(forbidden, text):
        message = f"this text contains {_name(match[0])}, which is invalid here"
        hint = "remove it" if match[0] not in "\n\t" else "write it on one line, without tabs"
        yield Diagnostic(rules.ALPHABET, node.range, message, hint)


def _check_length(text: str, node: Node, name: str) -> Iterator[Diagnostic]:
    size = len(text.encode(errors="replace"))
    if size > LONGEST_TEXT:
        message = f"this text has {size:,} bytes; Linux starts no program with one of more than 128 KiB"
        yield Diagnostic(rules.TOO_LARGE, node.range, message, "put it into a file of the build context, and copy that")
    elif name in _PATHS and (size > LONGEST_PATH or any(len(part.encode()) > LONGEST_NAME for part in text.split("/"))):
        message = f"this path is longer than Linux allows: {LONGEST_PATH:,} bytes, and {LONGEST_NAME} in each name"
        yield Diagnostic(rules.TOO_LARGE, node.range, message, "use a shorter path")


def _name(character: str) -> str:
    """Return the common name of a control character."""
    names = {"\x00": "a NUL character", "\n": "a newline", "\t": "a tab", "\x1b": "an escape character"}
    return names.get(character, f"the control character U+{ord(character):04X}")


RULES = (base_pinned, kairos_init_pinned, provider_pinned, version_form, locked, pasted, package_caches, alphabet)
