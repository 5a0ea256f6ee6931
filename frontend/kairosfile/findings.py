"""What the checker found, as a build shows it at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.plan.locations import locations

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kairosfile import spec
    from kairosfile.gateway.bridge import Bridge
    from kairosfile.gateway.request import EntryFile


def show_warnings(bridge: Bridge, entry: EntryFile, found: Iterable[spec.Diagnostic]) -> None:
    """Show warnings at the end of the build; notes are left to who asks for a check."""
    for fault in found:
        if fault.severity == "warning":
            bridge.warn(
                entry.vertex,
                f"{fault.rule.id}: {fault.message} ({_place(fault)})",
                detail=[fault.hint] if fault.hint else [],
                url=fault.rule.url,
                location=locations(entry.source_map, [fault.range])[0],
            )


def _place(fault: spec.Diagnostic) -> str:
    line = f"line {fault.range.start.line}"
    return f"{fault.range.filename}, {line}" if fault.range.filename else line
