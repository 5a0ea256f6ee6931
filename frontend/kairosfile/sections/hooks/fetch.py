"""The hook step `fetch`: a download by BuildKit, pinned by its checksum."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.language import rules
from kairosfile.paths import basename
from kairosfile.patterns import compile_later
from kairosfile.plan.model import Download
from kairosfile.sections.hooks import step_records as records
from kairosfile.sections.hooks.boot_mounts import hidden_at_boot
from kairosfile.sections.hooks.step import HookStep
from kairosfile.sections.hooks.values import invalid_mode, invalid_owner, mode_bits, relative_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.language.diagnostics import Diagnostic
    from kairosfile.sections.hooks.step import StepContext


READABLE = 0o644
_URL = compile_later(r"https?://(?P<user>[^/?#\s]*@)?[^/?#\s@]+(?P<path>/[^?#\s]*)?(?:\?[^#\s]*)?")
_SHA256 = compile_later(r"[0-9a-fA-F]{64}")


class FetchStep(records.FetchStep, HookStep):
    """Download a file with this checksum; missing parent folders are created, an existing file is replaced.

    BuildKit downloads it, so the image needs no tool for it. The builder does not download a cached file with this
    checksum again.
    """

    def check(self, context: StepContext) -> Iterator[Diagnostic]:
        """Yield the diagnostics of the step."""
        yield from self._check_url(context)
        yield from self._check_checksum(context)
        if not self.to.startswith("/"):
            yield relative_path(context.diagnostic, ("to",), self.to)
        elif {".", ".."} & set(self.to.split("/")):
            hint = "write the whole path, without . and .."
            yield context.diagnostic(rules.PATH, ("to",), f'"{self.to}" is not the path of a file or folder', hint)
        yield from invalid_mode(context.diagnostic, ("mode",), self.mode)
        yield from invalid_owner(context.diagnostic, ("owner",), self.owner)
        yield from hidden_at_boot(context, ("to",), self.to)

    def _check_url(self, context: StepContext) -> Iterator[Diagnostic]:
        match = _URL.fullmatch(self.fetch)
        if match is None:
            hint = "write it with http or https, without spaces and without a fragment (#...)"
            yield context.diagnostic(rules.DOWNLOAD, ("fetch",), "this is not the URL of a file", hint)
        elif match["user"]:
            message = "the URL contains a user or a password, which everyone can read in the output of the build"
            hint = "use a run step with a secret for a file that needs a login"
            yield context.diagnostic(rules.DOWNLOAD, ("fetch",), message, hint)
        elif self.to.endswith("/") and not self._name:
            message = "the URL ends without a file name"
            yield context.diagnostic(rules.DOWNLOAD, ("fetch",), message, f"write it in `to`: {self.to}NAME")

    def _check_checksum(self, context: StepContext) -> Iterator[Diagnostic]:
        if not _SHA256.fullmatch(self.sha256):
            hint = "write the 64 hexadecimal digits that `sha256sum` prints, without `sha256:`"
            yield context.diagnostic(rules.DOWNLOAD, ("sha256",), f'"{self.sha256}" is not a SHA-256 checksum', hint)

    @property
    def _name(self) -> str:
        match = _URL.fullmatch(self.fetch)
        return basename(match["path"] or "") if match else ""

    @property
    def _path(self) -> str:
        return f"{self.to}{self._name}" if self.to.endswith("/") else self.to

    def to_action(self, context: StepContext) -> Download:  # noqa: ARG002 - a download depends on nothing else
        """Return the download."""
        mode = mode_bits(self.mode)
        checksum = f"sha256:{self.sha256.lower()}"
        return Download(self.fetch, checksum, self._path, READABLE if mode is None else mode, self.owner or "")

    def describe(self) -> str:
        """Return the URL and the path of the file."""
        return f"fetch {self.fetch} to {self._path}"

    @property
    def target(self) -> tuple[str, str]:
        """The field and the path of the file."""
        return "to", self._path
