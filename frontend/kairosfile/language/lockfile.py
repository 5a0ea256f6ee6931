"""The lock file next to a Kairosfile: the digest of each image that it names by a tag.

    # Images of Kairosfile by digest, ...
    version: 1
    images:
      docker.io/library/ubuntu:24.04: sha256:...

A name is written in full, and the digest is that of the index if the image has several platforms, so that one line is
valid for all of them. It is YAML, so that diagnostics have lines and columns; it is written in one sorted form, so that
every difference is a change of an image. The `lock` command requests the digests from registries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.language import parser, rules
from kairosfile.language.diagnostics import Diagnostic, KairosfileError
from kairosfile.language.parser import decode
from kairosfile.named_tuple import NamedTuple
from kairosfile.oci import normalize_reference

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from kairosfile.language.nodes import Node, Range, Source

SUFFIX = ".lock"
FORMAT = "1"
ALGORITHM, HEX_DIGITS = "sha256:", 64

HEAD = "# Images of {name} by digest, written by `kairosfile lock`. Keep it beside that file, in version control.\n"
REPAIR = "restore the file, or remove it and run `kairosfile lock`"
RENEW = "build with a newer frontend, or remove the file and run `kairosfile lock`"


class Lock(NamedTuple):
    """A parsed lock file: its name, and digests by the full names of images, with the range of each."""

    filename: str
    images: Mapping[str, str]
    ranges: Mapping[str, Range]

    def digest(self, reference: str) -> str:
        """Return the digest of an image named by a tag; empty if the lock lacks it, or the name is malformed."""
        try:
            return self.images.get(normalize_reference(reference), "")
        except ValueError:
            return ""


def read(filename: str, data: bytes) -> Lock:
    """Return the lock of a file's content; raises KairosfileError with all its diagnostics."""
    try:
        source = decode(filename, data)
        root = parser.parse(source)
    except KairosfileError as error:
        raise _error(
            error.source, [_LockError(diagnostic.range, diagnostic.message) for diagnostic in error.diagnostics]
        ) from error
    if diagnostics := list(_diagnostics(root)):
        raise _error(source, diagnostics)
    entries = root.fields["images"].fields
    digests = {name: str(node.value) for name, node in entries.items()}
    return Lock(filename, digests, {name: source.hold(node.whole) for name, node in entries.items()})


def text(name: str, images: Mapping[str, str]) -> str:
    """Return the content of the lock file of a Kairosfile named `name`."""
    rows = [f"  {_key(image)}: {digest}\n" for image, digest in sorted(images.items())]
    return "".join([HEAD.format(name=name), f"version: {FORMAT}\n", "images:\n" if rows else "images: {}\n", *rows])


def _key(image: str) -> str:
    return f'"{image}"' if image.startswith("[") else image  # a registry by its IPv6 address


class _LockError(NamedTuple):
    range: Range
    message: str
    hint: str = REPAIR


def _error(source: Source, diagnostics: Iterable[_LockError]) -> KairosfileError:
    placed = [diagnostic._replace(range=source.hold(diagnostic.range)) for diagnostic in diagnostics]
    return KairosfileError(source, [Diagnostic(rules.LOCK, *diagnostic) for diagnostic in placed])


def _diagnostics(root: Node) -> Iterator[_LockError]:
    if not isinstance(root.value, dict):
        yield _LockError(root.range, "a lock file holds `version` and `images`")
        return
    version = root.fields.get("version")
    if version is not None and version.value != FORMAT:
        yield _LockError(version.range, f"this is not the format {FORMAT} of lock files, the one known here", RENEW)
        return
    for name in ("version", "images"):
        if name not in root.fields:
            yield _LockError(root.range.first(), f'"{name}" is missing')
    for name, node in root.fields.items():
        if name == "images":
            yield from _image_diagnostics(node)
        elif name != "version":
            yield _LockError(node.whole, f'a lock file has no "{name}"')


def _image_diagnostics(images: Node) -> Iterator[_LockError]:
    if not isinstance(images.value, dict):
        yield _LockError(images.range, '"images" must map names of images to digests')
    for name, node in images.fields.items():
        if not _is_full_tag(name):
            yield _LockError(node.key or node.range, f'"{name}" is not the full name of an image with a tag')
        if not isinstance(node.value, str) or not is_digest(node.value):
            yield _LockError(node.range, f"the digest of {name} is not {ALGORITHM} and {HEX_DIGITS} hexadecimal digits")


def _is_full_tag(name: str) -> bool:
    try:
        return "@" not in name and normalize_reference(name) == name
    except ValueError:
        return False


def is_digest(word: str) -> bool:
    """Return whether a text is a SHA-256 digest as registries write them."""
    digits = word.removeprefix(ALGORITHM)
    return word.startswith(ALGORITHM) and len(digits) == HEX_DIGITS and set(digits) <= set("0123456789abcdef")
