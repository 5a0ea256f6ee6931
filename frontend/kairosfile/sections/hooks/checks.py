"""Checks of hooks: those of each step, and those that depend on the hook, on other steps or on the YAML form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.kairos.releases import Release
from kairosfile.language import rules
from kairosfile.language.files import clean, leaves_context
from kairosfile.patterns import compile_later
from kairosfile.sections.hooks.steps import steps_with_context
from kairosfile.sections.hooks.values import clean_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.language.diagnostics import Diagnostic
    from kairosfile.sections.document import Document


# kairos-init empties both at the end of init, from this release on.
CLEANED = ("/tmp", "/var/tmp")  # noqa: S108 - paths of the image
FIRST_CLEANUP = Release(0, 5, 0)
VALIDATES_HOST_KEYS = Release(0, 4, 6)

_HOST_KEY = "/etc/ssh/ssh_host_"
# The gap is bounded, or a long text would take a time that grows with its square.
_MAKES_HOST_KEYS = compile_later(
    r"\bssh-keygen\b[^\n;&|]{0,200}?(?:\s-A\b|/etc/ssh/ssh_host_)|\bdpkg-reconfigure\b[^\n;&|]{0,200}?openssh",
    needs=("ssh-keygen", "dpkg-reconfigure"),
)


def own_checks(document: Document) -> Iterator[Diagnostic]:
    """Yield the diagnostics of each step on its own."""
    for context, step in steps_with_context(document):
        yield from step.check(context)


def temporary(document: Document) -> Iterator[Diagnostic]:
    """Yield a diagnostic for files below /tmp that init removes before a command can use them."""
    if document.model.kairos_init.release < FIRST_CLEANUP:
        return
    before_init = [(context, step) for context, step in steps_with_context(document) if context.hook != "after_init"]
    last_command = max((index for index, (_, step) in enumerate(before_init) if step.script), default=-1)
    for context, step in before_init[last_command + 1 :]:
        field, target = step.target or ("", "")
        if _is_cleaned(target):
            message = f"{target} is gone after init, which empties /tmp and /var/tmp, and no run step before it uses it"
            hint = "put it elsewhere, for example below /usr/lib"
            yield context.diagnostic(rules.TEMPORARY, (field,), message, hint)


def _is_cleaned(target: str) -> bool:
    path = clean_path(target)
    return any(path == folder or path.startswith(f"{folder}/") for folder in CLEANED)


def host_keys(document: Document) -> Iterator[Diagnostic]:
    """Yield a diagnostic for SSH host keys after init, which removes them so that no two machines share one."""
    for context, step in steps_with_context(document):
        field, target = step.target or ("run", "")
        makes = target.startswith(_HOST_KEY) or _MAKES_HOST_KEYS.search(step.script)
        if context.hook == "after_init" and makes and context.release >= VALIDATES_HOST_KEYS:
            message = "kairos-init validate refuses an image with SSH host keys: all machines would share them"
            hint = "remove the step, each machine generates keys at its first boot"
            yield context.diagnostic(rules.HOST_KEYS, (field,), message, hint)


def forms_of_commands(document: Document) -> Iterator[Diagnostic]:
    """Yield a diagnostic for a command that YAML changes."""
    for path, step in document.steps():
        node = document.root.find((*path, step.verb))
        if step.script and (isinstance(node.value, list) or node.range.last_line > node.range.start.line):
            from kairosfile.sections.hooks.command_forms import check_form  # noqa: PLC0415 - most are one line

            yield from check_form(node, node.range.source or document.source)


def sources(document: Document) -> Iterator[Diagnostic]:
    """Yield a diagnostic for missing files of the build context that steps use.

    A build does not check this: the daemon reports them when it copies them.
    """
    if document.files is None:
        return
    for context, step in steps_with_context(document):
        for path, name in step.context_paths:
            if not leaves_context(name) and document.files.exists(_before_wildcard(name)) is False:
                message = f'there is no "{name}" in the build context'
                hint = "paths start at the root of the build context; check the name, and .dockerignore"
                yield context.diagnostic(rules.COPY_SOURCE, path, message, hint)


def _before_wildcard(path: str) -> str:
    """Return the folders of a path above the first part with a wildcard."""
    path = clean(path)
    first = min((at for wildcard in "*?[" if (at := path.find(wildcard)) >= 0), default=None)
    return path if first is None else path[:first].rpartition("/")[0]


RULES = (own_checks, forms_of_commands, sources, temporary, host_keys)
