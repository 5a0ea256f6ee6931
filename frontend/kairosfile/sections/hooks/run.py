"""The hook step `run`: a command, with its mounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.kairos.commands import init_needs_lists
from kairosfile.kairos.distributions import distribution_of
from kairosfile.language import rules
from kairosfile.language.diagnostics import Diagnostic
from kairosfile.patterns import MULTILINE, compile_later
from kairosfile.plan.model import Run
from kairosfile.sections.hooks import records
from kairosfile.sections.hooks.step import HookStep
from kairosfile.sections.hooks.values import invalid_owner, invalid_variable, relative_path

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

    from kairosfile.language.nodes import Path
    from kairosfile.sections.hooks.step import StepContext


# `-e`: a text of several lines stops at the first one that fails.
SHELL = ("/bin/sh", "-ec")

_PACKAGE_MANAGER = compile_later(
    r"(?:^|[;&|(]|\b(?:then|do|else|sudo|env)\b)\s{0,80}(apt-get|apt|dnf|yum|microdnf|zypper|apk|pacman)\s",
    MULTILINE,
    needs=("apt", "dnf", "yum", "zypper", "apk", "pacman"),
)

# The gap is bounded, or a long text would take a time that grows with its square.
_REMOVES_APT_LISTS = compile_later(r"\brm\b[^\n;&|]{0,200}?/var/lib/apt(?:/lists|/?\*|/?(?=[\s\"';&|]|$))")


# A machine hides these folders of its image by mounts.
_HIDDEN = ("/usr/local/", "/oem/")


class RunStep(records.RunStep, HookStep):
    """Run a command in the image, by default as root and in `/`."""

    def check(self, context: StepContext) -> Iterator[Diagnostic]:
        """Yield the diagnostics of the step."""
        if self.workdir and not self.workdir.startswith("/"):
            yield relative_path(context.diagnostic, ("workdir",), self.workdir)
        yield from invalid_owner(context.diagnostic, ("user",), self.user)
        for name in self.env:
            yield from invalid_variable(context.diagnostic, ("env", name), name)
        yield from self._check_mounts(context)
        yield from self._check_apt_lists(context)
        yield from self._check_network(context)
        yield from self._check_package_manager(context)
        yield from self._check_hidden(context)

    def _check_mounts(self, context: StepContext) -> Iterator[Diagnostic]:
        if self.mounts:
            from kairosfile.sections.hooks.mounts import check_mounts  # noqa: PLC0415 - few steps have mounts

            yield from check_mounts(context.diagnostic, ("mounts",), self.mounts, self.env)

    def _check_hidden(self, context: StepContext) -> Iterator[Diagnostic]:
        if any(folder in self.script for folder in _HIDDEN):
            from kairosfile.sections.hooks.boot_mounts import written_where_hidden  # noqa: PLC0415 - few write there

            yield from written_where_hidden(context, ("run",), self.script)

    def _check_apt_lists(self, context: StepContext) -> Iterator[Diagnostic]:
        """Yield a diagnostic for removed apt lists: init of Trusted Boot on Ubuntu downloads kernel modules by them."""
        needed = context.trusted_boot and distribution_of(context.base) == "ubuntu" and context.hook == "after_install"
        if needed and init_needs_lists(context.release) and _REMOVES_APT_LISTS.search(self.script):
            message = "init of trusted boot on Ubuntu needs the lists of apt to download kernel modules"
            hint = "keep /var/lib/apt/lists, which init removes at its end"
            yield context.diagnostic(rules.APT_LISTS, ("run",), message, hint)

    def _check_network(self, context: StepContext) -> Iterator[Diagnostic]:
        if self.network == "host":
            message = "the step uses the network of the build machine, which BuildKit refuses by default"
            hint = "build with --allow network.host, on a builder that grants it"
            yield context.diagnostic(rules.HOST_NETWORK, ("network",), message, hint)

    def _check_package_manager(self, context: StepContext) -> Iterator[Diagnostic]:
        match = _PACKAGE_MANAGER.search(self.script)
        lacks = context.family is not None and context.family.manager is None
        if lacks and match and not compile_later(rf"command -v {match[1]}\b").search(self.script):
            message = f"a base of the family {context.family.name if context.family else ''} has no {match[1]}"
            hint = "copy the files into the image, for example with `from:` an image that has them"
            range_ = context.locate(("run",), match[1])
            yield Diagnostic(rules.NO_PACKAGE_MANAGER, range_, message, hint)

    def to_action(self, context: StepContext) -> Run:
        """Return the command."""
        env = tuple(sorted((named_in(self.run, context.args) | self.env).items()))
        action = Run(command(self.run), (), env, self.network, user=self.user or "", cwd=self.workdir or "/")
        if not self.mounts:
            return action
        from kairosfile.sections.hooks.mounts import plan_mounts, secret_variables  # noqa: PLC0415

        planned = plan_mounts(self.mounts, context.image_id)
        return action._replace(mounts=planned, secret_env=secret_variables(self.mounts))

    def describe(self) -> str:
        """Return the arguments of the command, or the first line of its text."""
        return describe_command(self.run)

    def depends_on(self, context: StepContext) -> tuple[str, ...]:
        """Return the args in the environment of the command."""
        return arg_fields(self.run, self.env, context.args, context.own_args)

    @property
    def network_reason(self) -> str:
        """The reason for the network mode of the step."""
        return "a run step has it unless it sets `network: none`" if self.network == "default" else "the step sets it"

    @property
    def images(self) -> tuple[tuple[Path, str], ...]:
        """The images of its mounts."""
        if not self.mounts:
            return ()
        from kairosfile.sections.hooks.mounts import images_of  # noqa: PLC0415

        return tuple((("mounts", *path), reference) for path, reference in images_of(self.mounts))

    @property
    def context_paths(self) -> tuple[tuple[Path, str], ...]:
        """The files and folders of the build context in its mounts."""
        if not self.mounts:
            return ()
        from kairosfile.sections.hooks.mounts import context_paths_of  # noqa: PLC0415

        return tuple((("mounts", *path), source) for path, source in context_paths_of(self.mounts))

    @property
    def script(self) -> str:
        """The text of the command."""
        return self.run if isinstance(self.run, str) else " ".join(self.run)

    def may_use_lists(self) -> bool:
        """Return whether the command can download packages without updating the lists before."""
        from kairosfile.sections.hooks.package_lists import may_read_lists  # noqa: PLC0415 - few files need it

        return self.network != "none" and may_read_lists(self.run)

    @property
    def mounted(self) -> tuple[str, ...]:
        """The paths at which something is mounted."""
        return tuple(mount.target for mount in self.mounts if mount.target)


def named_in(run: str | list[str], args: Mapping[str, str]) -> dict[str, str]:
    """Return the args that a command names."""
    if "$" not in (run if isinstance(run, str) else "".join(run)):
        return {}
    from kairosfile.language import interpolation  # noqa: PLC0415 - many commands name none

    return interpolation.named_in(run, args)


def command(run: str | list[str]) -> tuple[str, ...]:
    """Return the argv of a command: a list unchanged, a text for the shell."""
    return tuple(run) if isinstance(run, list) else (*SHELL, run)


def arg_fields(
    run: str | list[str], env: Container[str], args: Mapping[str, str], own_args: Container[str]
) -> tuple[str, ...]:
    """Return the fields of the args in the environment of a command, without those that `env` replaces."""
    return tuple(f"args.{name}" for name in named_in(run, args) if name in own_args and name not in env)


def describe_command(run: str | list[str]) -> str:
    """Return the arguments of a command, or the first line of a text."""
    if isinstance(run, list):
        return " ".join(run)
    lines = [line.strip() for line in run.strip().splitlines()]
    return lines[0] + (" ..." if len(lines) > 1 else "") if lines else ""
