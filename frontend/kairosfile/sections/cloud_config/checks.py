"""The checks of cloud-configs and of stage extensions: files of the image, of artifacts and for kairos-init."""

from __future__ import annotations

import codecs
import posixpath
import re
from functools import partial
from typing import TYPE_CHECKING

from kairosfile.language import parser, rules
from kairosfile.language.diagnostics import Diagnostic, KairosfileError
from kairosfile.language.files import clean, leaves_context
from kairosfile.language.source import Range, Source
from kairosfile.language.text import decode
from kairosfile.named_tuple import NamedTuple
from kairosfile.sections.cloud_config.after import names_of
from kairosfile.sections.cloud_config.extensions import check_extension, is_extension
from kairosfile.sections.cloud_config.readers import FOLDER, WITH_HEADER, Reader
from kairosfile.sections.cloud_config.template import fill, unfilled
from kairosfile.sections.cloud_config.text import check_text, shift_of_block, shifted
from kairosfile.sections.cloud_config.tree import check_tree
from kairosfile.sections.lint.secrets import secrets_of_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.language.files import Files
    from kairosfile.language.nodes import Node, Path
    from kairosfile.sections.document import Document

HINT = "paths start at the root of the build context; check the name, and .dockerignore"
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*\.ya?ml")


def names(document: Document) -> Iterator[Diagnostic]:
    """Each has a unique file name that Kairos reads."""
    seen: set[str] = set()
    for index, item in enumerate(document.model.cloud_config):
        path = ("cloud_config", index, "name")
        if not _NAME.fullmatch(item.name):
            message = f'"{item.name}" is not a file that Kairos reads'
            yield document.diagnostic(
                rules.CLOUD_CONFIG, path, message, "write a name such as 90_custom.yaml, without folder"
            )
        elif item.name in seen:
            message = f'there is another cloud-config "{item.name}" above'
            yield document.diagnostic(rules.CLOUD_CONFIG, path, message, "give each a different name")
        seen.add(item.name)


class NamedFile(NamedTuple):
    """A file of the build context that a field at `path` names as a cloud-config; a template gets args."""

    path: Path
    name: str
    is_template: bool


def contents(document: Document) -> Iterator[Diagnostic]:
    """Each has one content, and Kairos can read it."""
    for index, item in enumerate(document.model.cloud_config):
        path = ("cloud_config", index)
        written = "content" in document.root.find(path).fields
        if written == (item.from_ is not None):
            what = "both content and from" if written else "neither content nor from"
            message = f'the cloud-config "{item.name}" has {what}'
            yield document.diagnostic(
                rules.CLOUD_CONFIG, path, message, "write the content here, or name a file, not both"
            )
        elif written:
            yield from _written(document, (*path, "content"), _reader(document, index))
        else:
            named = NamedFile((*path, "from"), str(item.from_), item.template)
            yield from diagnostics_of_file(document, named, _reader(document, index))


def _reader(document: Document, index: int) -> Reader:
    """Return the reader of one of the files, with the names of the steps of the others."""
    names: dict[str, frozenset[str]] = {}
    for other, item in enumerate(document.model.cloud_config):
        root = _root(document, other) if other != index else None
        for stage, found in names_of(root, f"{FOLDER}/{item.name}").items() if root else ():
            names[stage] = names.get(stage, frozenset()) | found
    path = f"{FOLDER}/{document.model.cloud_config[index].name}"
    return Reader("image", document.model.kairos_init.release, path, names)


def _root(document: Document, index: int) -> Node | None:
    """Return the tree of one of the files, None if it cannot be read."""
    node = document.root.find(("cloud_config", index)).fields
    content, name = node.get("content"), document.model.cloud_config[index].from_
    if content is not None and isinstance(content.value, dict):
        return content
    text = content.value if content is not None else _text(document, name)
    try:
        return parser.parse(Source("", text)) if isinstance(text, str) else None
    except KairosfileError:
        return None


def _text(document: Document, name: str | None) -> str | None:
    data = document.files.read(name) if document.files and name and not leaves_context(name) else None
    return data.decode(errors="replace") if data is not None else None


def _written(document: Document, path: Path, reader: Reader) -> Iterator[Diagnostic]:
    node = document.root.find(path)
    if isinstance(node.value, dict):
        yield from check_tree(node, WITH_HEADER, reader)
        yield from _unfilled_values(node)
    elif isinstance(node.value, str):
        file = node.range.source or document.source
        # An inserted value of several lines moves the text after it.
        is_moved = bool(node.set_by) and any("\n" in value for value in document.args.values())
        shift = None if is_moved else shift_of_block(file, node)
        text = Source(file.filename, node.value)
        for diagnostic in (*unfilled(text), *check_text(text, reader)):
            if shift is None:
                yield diagnostic._replace(range=node.range, fix=None)
            else:
                yield diagnostic.placed(partial(shifted, by=shift, source=node.range.source))
    else:
        message = "the content of a cloud-config is a text or a mapping"
        yield document.diagnostic(rules.WRONG_TYPE, path, message, "write `content: |` and the file below it")


def _unfilled_values(node: Node) -> Iterator[Diagnostic]:
    if isinstance(node.value, str):
        yield from (diagnostic._replace(range=node.range) for diagnostic in unfilled(Source("", node.value)))
    for child in (*node.fields.values(), *node.items):
        yield from _unfilled_values(child)


def diagnostics_of_file(document: Document, file: NamedFile, reader: Reader) -> Iterator[Diagnostic]:
    """Yield the diagnostics of a file that is used as a cloud-config."""
    if leaves_context(file.name):
        message = f'"{file.name}" leaves the build context'
        yield document.diagnostic(rules.PATH, file.path, message, "move the file into the context")
    elif document.files is not None:
        data = document.files.read(file.name)
        if data is None:
            yield document.diagnostic(rules.MISSING_FILE, file.path, f'there is no file "{file.name}"', HINT)
        else:
            yield from _of_file(document, file, data, reader)


def _of_file(document: Document, file: NamedFile, data: bytes, reader: Reader) -> Iterator[Diagnostic]:
    try:
        source = decode(file.name, data)
    except KairosfileError as error:
        yield from (diagnostic.placed(error.source.hold) for diagnostic in error.diagnostics)
        return
    if data.startswith(codecs.BOM_UTF8):
        message = "a byte order mark precedes the first line, so Kairos does not recognise the header"
        range_ = source.hold(Range.of(1, 1, max(1, len(source.line(1)))))
        yield Diagnostic(rules.CLOUD_CONFIG, range_, message, "save the file as UTF-8 without a byte order mark")
    text, diagnostics = fill(document, source) if file.is_template else (source, [])
    for diagnostic in (*diagnostics, *unfilled(source), *check_text(text, reader), *secrets_of_text(source)):
        yield diagnostic.placed(source.hold)


def folder(document: Document) -> Iterator[Diagnostic]:
    """kairos-init can read every stage extension; it would silently ignore the others."""
    path, files = document.model.stage_extensions, document.files
    if path is None or files is None or leaves_context(path) or not clean(path):
        return
    names = files.list(path)
    if names is None:
        yield document.diagnostic(rules.MISSING_FILE, ("stage_extensions",), f'there is no folder "{path}"', HINT)
        return
    extensions = [name for name in names if is_extension(name)]
    if not extensions:
        message = f'no file directly in "{path}" is a stage extension'
        hint = "give extensions names that end in .yaml or .yml"
        yield document.diagnostic(rules.STAGE_EXTENSION, ("stage_extensions",), message, hint)
    for name in extensions:
        yield from _file(document, files, posixpath.join(path, name))


def _file(document: Document, files: Files, path: str) -> Iterator[Diagnostic]:
    data = files.read(path)
    if data is None:
        return
    try:
        source = decode(path, data)
        yield from check_extension(source, document.model.kairos_init.release)
        yield from (diagnostic.placed(source.hold) for diagnostic in secrets_of_text(source))
    except KairosfileError as error:
        yield from (diagnostic.placed(error.source.hold) for diagnostic in error.diagnostics)


RULES = (names, contents, folder)
