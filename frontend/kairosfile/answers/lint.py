"""`--check`: all that the checker finds, errors too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile import pipeline, spec
from kairosfile.faults import located
from kairosfile.gateway.subrequests.lint import BuildError, Finding, lint
from kairosfile.plan import resolve
from kairosfile.plan.locations import locations
from kairosfile.plan.targets import select
from kairosfile.spec.diagnostics import in_order

if TYPE_CHECKING:
    from kairosfile import llb
    from kairosfile.gateway.request import EntryFile, Request
    from kairosfile.pb.gateway_pb2 import Result


def check(request: Request, entry: EntryFile) -> Result:
    """Return what the checker finds in the file, for all platforms asked for; raises GatewayError."""
    platforms = pipeline.names(request.options.platforms)
    try:
        document = pipeline.read(request, entry).documents(platforms)[0]
        plans = resolve(document, platforms)
    except spec.KairosfileError as error:
        return _failure(entry.source_map, error)
    with located(entry.source_map):
        for plan in plans:
            select(plan, request.options.target)
    return lint(entry.source_map, [_finding(fault, entry.source_map) for fault in document.warnings])


def _failure(source_map: llb.SourceMap, error: spec.KairosfileError) -> Result:
    """Return the answer for a file that cannot be built.

    Docker's form has one place for the error of a build; the message names each fault, the place is that of the first.
    Warnings that the file wants to be errors stay findings, each with its place; as in Docker, their rules are named
    where nothing worse stops the build.
    """
    errors = [fault for fault in error.diagnostics if not fault.raised]
    raised = [fault for fault in error.diagnostics if fault.raised]
    found = [_finding(fault, source_map) for fault in in_order([*error.warnings, *raised])]
    if errors:
        message = "\n".join(fault.summary(error.source.filename) for fault in errors)
    else:
        message = f"lint violation found for rules: {', '.join(dict.fromkeys(_name(fault) for fault in raised))}"
    return lint(source_map, found, BuildError(message, _location((errors or raised)[0], source_map)))


def _finding(fault: spec.Diagnostic, source_map: llb.SourceMap) -> Finding:
    return Finding(_name(fault), fault.rule.summary, fault.rule.url, _detail(fault), _location(fault, source_map))


def _detail(fault: spec.Diagnostic) -> str:
    """Return the text of a finding; it names an included file: buildx heads every snippet with the entry file's."""
    where = f"{fault.range.filename}:{fault.range.start.line}: " if fault.range.filename else ""
    return where + fault.sentence


def _name(fault: spec.Diagnostic) -> str:
    return f"{fault.rule.id} {fault.rule.name}"


def _location(fault: spec.Diagnostic, source_map: llb.SourceMap) -> llb.Location:
    return locations(source_map, [fault.range])[0]
