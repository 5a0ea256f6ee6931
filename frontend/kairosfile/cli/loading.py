"""A file at hand, on standard input or in a git revision, as the plan of one platform."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

from kairosfile import spec
from kairosfile.cli import revisions
from kairosfile.cli.checking import STANDARD_INPUT, Wishes, files_of, read_bytes
from kairosfile.cli.platforms import platforms_of
from kairosfile.plan import Plan, resolve
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
    in_revision = revisions.is_revision(name)
    data = revisions.read(name) if in_revision else read_bytes(name)
    files = revisions.RevisionFiles(name) if in_revision and wishes.context is None else files_of(name, wishes)
    source = spec.decode("<stdin>" if name == STANDARD_INPUT else name, data)
    document = spec.read(source, wishes.build_args, platforms=wishes.platforms, files=files)
    platform = platforms_of(document, wishes.platforms)[0]
    (plan,) = resolve(document, [platform])
    (own,) = document.for_platforms([platform])
    return Loaded(source.filename, own, plan)


def tell_faults(error: spec.KairosfileError) -> None:
    """Write the faults of a file to standard error."""
    sys.stderr.write(render([Checked.of(error.source, error.diagnostics)]))
