"""The hook step `copy`: files of the build context or of another image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.language import rules
from kairosfile.patterns import IGNORECASE, compile_later
from kairosfile.plan.model import Copy
from kairosfile.sections.hooks import step_records as records
from kairosfile.sections.hooks.boot_mounts import hidden_at_boot
from kairosfile.sections.hooks.step import HookStep
from kairosfile.sections.hooks.values import (
    ALL_BITS,
    invalid_image,
    invalid_mode,
    invalid_owner,
    mode_bits,
    path_outside,
    relative_path,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.language.diagnostics import Diagnostic
    from kairosfile.language.nodes import Path
    from kairosfile.sections.hooks.step import StepContext

_URL = compile_later(r"([a-z][a-z0-9+.-]*)://", IGNORECASE)
FETCH = "use a step `fetch`, which downloads a file and checks its sha256"
CONTEXT = "put the files into the build context"


class CopyStep(records.CopyStep, HookStep):
    """Copy files or folders of the build context, or of another image, into the image.

    As with a Dockerfile's COPY, a folder's content is copied, not the folder itself.
    """

    @property
    def sources(self) -> tuple[str, ...]:
        """The source paths in the build context or the image."""
        return (self.copy_,) if isinstance(self.copy_, str) else tuple(self.copy_)

    def check(self, context: StepContext) -> Iterator[Diagnostic]:
        """Yield the diagnostics of the step."""
        for source in self.sources:
            if match := _URL.match(source):
                scheme = match[1].lower()
                hint = FETCH if scheme in ("http", "https") else CONTEXT
                yield context.diagnostic(rules.DOWNLOAD, ("copy",), f"`copy` does not download from {scheme}://", hint)
            elif ".." in source.split("/"):
                yield path_outside(context.diagnostic, ("copy",), source, self.from_)
        if not self.to.startswith("/"):
            yield relative_path(context.diagnostic, ("to",), self.to)
        elif len(self.sources) > 1 and not self.to.endswith("/"):
            message, meant = "several files need a folder as their target", f"{self.to}/"
            yield context.diagnostic(rules.PATH, ("to",), message, f"write {meant}", meant)
        yield from self._check_patterns(context)
        yield from invalid_mode(context.diagnostic, ("mode",), self.mode, ALL_BITS)
        yield from invalid_owner(context.diagnostic, ("owner",), self.owner)
        yield from invalid_image(context.diagnostic, ("from",), self.from_)
        yield from hidden_at_boot(context, ("to",), self.to)

    def _check_patterns(self, context: StepContext) -> Iterator[Diagnostic]:
        for field, patterns in (("include", self.include), ("exclude", self.exclude)):
            for index, pattern in enumerate(patterns):
                if pattern.startswith("/") or ".." in pattern.split("/"):
                    message = f'the pattern "{pattern}" matches nothing: patterns are relative to what is copied'
                    meant = (pattern.lstrip("/") or "**") if ".." not in pattern else ""
                    hint = f"write {meant}" if meant else "write it without .."
                    yield context.diagnostic(rules.PATH, (field, index), message, hint, meant)

    def to_action(self, context: StepContext) -> Copy:
        """Return the copy."""
        return Copy(
            self.sources,
            self.to,
            context.image_id(self.from_) if self.from_ else "",
            self.owner or "",
            mode_bits(self.mode) if self.mode else None,
            self.include,
            self.exclude,
        )

    def describe(self) -> str:
        """Return the sources and the target."""
        return f"copy {' '.join(self.sources)} to {self.to}"

    @property
    def images(self) -> tuple[tuple[Path, str], ...]:
        """The source image."""
        return ((("from",), self.from_),) if self.from_ else ()

    @property
    def context_paths(self) -> tuple[tuple[Path, str], ...]:
        """The files and folders of the build context that are copied."""
        if self.from_:
            return ()
        if isinstance(self.copy_, str):
            return ((("copy",), self.copy_),)
        return tuple((("copy", index), source) for index, source in enumerate(self.copy_))

    @property
    def target(self) -> tuple[str, str]:
        """The field and the target path."""
        return "to", self.to
