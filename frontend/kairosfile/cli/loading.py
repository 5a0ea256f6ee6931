"""A file at hand, on standard input or in a git revision, as the plans of its platforms."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

from kairosfile import spec
from kairosfile.cli import revisions
from kairosfile.cli.checking import STANDARD_INPUT, Wishes, files_of, lock_of, read_bytes
from kairosfile.cli.platforms import platforms_of
from kairosfile.cli.stop import StopError
from kairosfile.plan import Plan, resolve
from kairosfile.plan.targets import TargetError, select
from kairosfile.spec.render import Checked
from kairosfile.spec.render.text import render

if TYPE_CHECKING:
    from kairosfile.spec import Document


class Loaded(NamedTuple):
    """A file by the name that it was asked for, as it is on the platform of its plan."""

    name: str
    document: Document
    plan: Plan


def load(name: str, wishes: Wishes) -> Loaded:
    """Return the plan of a file for the first platform asked for; raises KairosfileError and StopError.

    Without one it is the first that the file names, else its board's, else this machine's.
    """
    document = _read(name, wishes)
    (loaded,) = _on(document, platforms_of(document, wishes.platforms)[:1])
    return loaded


def load_all(name: str, wishes: Wishes) -> list[Loaded]:
    """Return the plans of a file for all these platforms, in their order; raises KairosfileError and StopError."""
    document = _read(name, wishes)
    return _on(document, platforms_of(document, wishes.platforms))


def _read(name: str, wishes: Wishes) -> Document:
    in_revision = revisions.is_revision(name)
    data = revisions.read(name) if in_revision else read_bytes(name)
    files = revisions.RevisionFiles(name) if in_revision and wishes.context is None else files_of(name, wishes)
    source = spec.decode("<stdin>" if name == STANDARD_INPUT else name, data)
    lock = revisions.lock_of(name) if in_revision else lock_of(name)
    return spec.read(source, wishes.build_args, platforms=wishes.platforms, files=files, lock=lock)


def _on(document: Document, platforms: list[str]) -> list[Loaded]:
    plans, documents = resolve(document, platforms), document.for_platforms(platforms)
    return [Loaded(document.source.filename, own, plan) for own, plan in zip(documents, plans, strict=True)]


def of_target(plan: Plan, target: str | None) -> Plan:
    """Return the plan of what `--target` names, all of the plan where nothing does; raises StopError."""
    try:
        return plan if target is None else select(plan, target)
    except TargetError as error:
        raise StopError(str(error)) from error


def tell_faults(error: spec.KairosfileError) -> None:
    """Write the faults of a file to standard error."""
    sys.stderr.write(render([Checked.of(error.source, error.diagnostics)]))
