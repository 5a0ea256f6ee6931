"""The hook step `file`: a file with the content of the step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.language import rules
from kairosfile.plan.model import File
from kairosfile.sections.hooks import step_records as records
from kairosfile.sections.hooks.boot_mounts import hidden_at_boot
from kairosfile.sections.hooks.step import HookStep
from kairosfile.sections.hooks.values import invalid_mode, invalid_owner, mode_bits, relative_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.language.diagnostics import Diagnostic
    from kairosfile.sections.hooks.step import StepContext


READABLE = 0o644


class FileStep(records.FileStep, HookStep):
    """Write a file; missing parent folders are created, an existing file is replaced."""

    def check(self, context: StepContext) -> Iterator[Diagnostic]:
        """Yield the diagnostics of the step."""
        if not self.file.startswith("/"):
            yield relative_path(context.diagnostic, ("file",), self.file)
        elif self.file.endswith("/") or {".", ".."} & set(self.file.split("/")):
            hint = "write the whole path, without . and .., to its name"
            yield context.diagnostic(rules.PATH, ("file",), f'"{self.file}" is not the path of a file', hint)
        yield from invalid_mode(context.diagnostic, ("mode",), self.mode)
        yield from invalid_owner(context.diagnostic, ("owner",), self.owner)
        yield from hidden_at_boot(context, ("file",), self.file)

    def to_action(self, context: StepContext) -> File:  # noqa: ARG002 - a file depends on nothing else
        """Return the file."""
        mode = mode_bits(self.mode)
        return File(self.file, self.content, READABLE if mode is None else mode, self.owner or "")

    def describe(self) -> str:
        """Return the path of the file."""
        return f"write {self.file}"

    @property
    def target(self) -> tuple[str, str]:
        """The field and the path of the file."""
        return "file", self.file
