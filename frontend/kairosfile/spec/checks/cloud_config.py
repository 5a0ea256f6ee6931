"""The files that the image carries under /system/oem."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from kairosfile.spec import cloud_config, rules
from kairosfile.spec.diagnostics import KairosfileError
from kairosfile.spec.files import leaves_context
from kairosfile.spec.source import Source
from kairosfile.spec.text import decode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.spec.diagnostics import Diagnostic
    from kairosfile.spec.document import Document
    from kairosfile.spec.nodes import Path

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*\.ya?ml")


def names(document: Document) -> Iterator[Diagnostic]:
    """Each is a file of its own that Kairos looks at."""
    seen: set[str] = set()
    for index, item in enumerate(document.model.cloud_config):
        path = ("cloud_config", index, "name")
        if not _NAME.fullmatch(item.name):
            message = f'"{item.name}" is not a file that Kairos reads'
            yield document.fault(
                rules.CLOUD_CONFIG, path, message, "write a name such as 90_custom.yaml, without folder"
            )
        elif item.name in seen:
            message = f'there is another cloud-config "{item.name}" above'
            yield document.fault(rules.CLOUD_CONFIG, path, message, "give each a name of its own")
        seen.add(item.name)


def contents(document: Document) -> Iterator[Diagnostic]:
    """Each has one content, and Kairos can read it."""
    for index, item in enumerate(document.model.cloud_config):
        path = ("cloud_config", index)
        written = "content" in document.root.find(path).fields
        if written == (item.from_ is not None):
            what = "both content and from" if written else "neither content nor from"
            message = f'the cloud-config "{item.name}" has {what}'
            yield document.fault(rules.CLOUD_CONFIG, path, message, "write the content here, or name a file, not both")
        elif written:
            yield from _written(document, (*path, "content"))
        else:
            yield from faults_of_file(document, (*path, "from"), str(item.from_))


def _written(document: Document, path: Path) -> Iterator[Diagnostic]:
    node = document.root.find(path)
    if isinstance(node.value, dict):
        yield from cloud_config.faults_of_tree(node)
    elif isinstance(node.value, str):
        file = node.range.source or document.source
        shift = cloud_config.shift_of_block(file, node)
        for fault in cloud_config.faults_of_text(Source(file.filename, node.value)):
            if shift is None:
                yield fault._replace(range=node.range, fix=None)
            else:
                yield fault.placed(partial(cloud_config.shifted, by=shift, source=node.range.source))
    else:
        message = "the content of a cloud-config is a text or a mapping"
        yield document.fault(rules.WRONG_TYPE, path, message, "write `content: |` and the file below it")


def faults_of_file(document: Document, path: Path, name: str) -> Iterator[Diagnostic]:
    """Yield what is wrong with a file of the build context that the field at `path` calls a cloud-config."""
    if leaves_context(name):
        message = f'"{name}" leaves the build context'
        yield document.fault(rules.PATH, path, message, "move the file into the context")
    elif document.files is not None:
        data = document.files.read(name)
        if data is None:
            hint = "paths start at the root of the build context; check the name, and .dockerignore"
            yield document.fault(rules.MISSING_FILE, path, f'there is no file "{name}"', hint)
        else:
            yield from _of_file(name, data)


def _of_file(name: str, data: bytes) -> Iterator[Diagnostic]:
    try:
        source = decode(name, data)
    except KairosfileError as error:
        yield from (fault.placed(error.source.hold) for fault in error.diagnostics)
        return
    for fault in cloud_config.faults_of_text(source):
        yield fault.placed(source.hold)
