"""The files of the build context that kairos-init is shown: stage extensions and the provider's config."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from kairosfile.spec import rules
from kairosfile.spec.diagnostics import KairosfileError
from kairosfile.spec.extensions import check_extension, is_extension
from kairosfile.spec.files import clean, leaves_context
from kairosfile.spec.text import decode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.spec.diagnostics import Diagnostic
    from kairosfile.spec.document import Document
    from kairosfile.spec.files import Files

HINT = "paths start at the root of the build context; check the name, and .dockerignore"


def folder(document: Document) -> Iterator[Diagnostic]:
    """kairos-init can read every stage extension; it would ignore the others in silence."""
    path, files = document.model.stage_extensions, document.files
    if path is None or files is None or leaves_context(path) or not clean(path):
        return
    names = files.list(path)
    if names is None:
        yield document.fault(rules.MISSING_FILE, ("stage_extensions",), f'there is no folder "{path}"', HINT)
        return
    extensions = [name for name in names if is_extension(name)]
    if not extensions:
        message = f'no file directly in "{path}" is a stage extension'
        hint = "give extensions names that end in .yaml or .yml"
        yield document.fault(rules.STAGE_EXTENSION, ("stage_extensions",), message, hint)
    for name in extensions:
        yield from _file(files, posixpath.join(path, name))


def _file(files: Files, path: str) -> Iterator[Diagnostic]:
    data = files.read(path)
    if data is None:
        return
    try:
        yield from check_extension(decode(path, data))
    except KairosfileError as error:
        yield from (fault.placed(error.source.hold) for fault in error.diagnostics)


def provider_config(document: Document) -> Iterator[Diagnostic]:
    """The provider's config is there."""
    provider, files = document.model.provider, document.files
    path = provider.config if provider else None
    if path is not None and files is not None and not leaves_context(path) and files.read(path) is None:
        place = ("provider", "config")
        yield document.fault(rules.MISSING_FILE, place, f'there is no file "{path}"', HINT)
