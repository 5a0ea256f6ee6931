"""What the checker found, as a build shows it: warnings at its end, and the answer to `--check`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.gateway.subrequests import BuildError, Finding, lint
from kairosfile.plan.locations import locations

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kairosfile import llb, spec
    from kairosfile.gateway.bridge import Bridge
    from kairosfile.gateway.request import EntryFile
    from kairosfile.pb.gateway_pb2 import Result


def show_warnings(bridge: Bridge, entry: EntryFile, found: Iterable[spec.Diagnostic]) -> None:
    """Show warnings at the end of the build; notes are left to who asks for a check."""
    for fault in found:
        if fault.severity == "warning":
            bridge.warn(
                entry.vertex,
                f"{fault.rule.id}: {fault.message} ({_place(fault)})",
                detail=[fault.hint] if fault.hint else [],
                url=fault.rule.url,
                location=_location(fault, entry.source_map),
            )


def lint_answer(source_map: llb.SourceMap, found: Iterable[spec.Diagnostic]) -> Result:
    """Return the answer to `--check` for a file that can be built."""
    return lint(source_map, [_finding(fault, source_map) for fault in found])


def lint_failure(source_map: llb.SourceMap, error: spec.KairosfileError) -> Result:
    """Return the answer to `--check` for a file that cannot be built.

    Docker's form has one place for the error of a build; the message names each fault, the place is that of the first.
    """
    (first, *_) = error.diagnostics
    failure = BuildError(str(error), _location(first, source_map))
    return lint(source_map, [_finding(fault, source_map) for fault in error.warnings], failure)


def _finding(fault: spec.Diagnostic, source_map: llb.SourceMap) -> Finding:
    rule = fault.rule
    return Finding(f"{rule.id} {rule.name}", rule.summary, rule.url, fault.sentence, _location(fault, source_map))


def _location(fault: spec.Diagnostic, source_map: llb.SourceMap) -> llb.Location:
    return locations(source_map, [fault.range])[0]


def _place(fault: spec.Diagnostic) -> str:
    line = f"line {fault.range.start.line}"
    return f"{fault.range.filename}, {line}" if fault.range.filename else line
