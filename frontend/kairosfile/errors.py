"""Show warnings at the end of a build, and raise errors with the lines of the Kairosfile (`source_errors`).

Warnings are about options that are ignored or behave unexpectedly; each is shown once. No option is ignored silently:
an option without effect causes a warning here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile import language, sections
from kairosfile.gateway import known_options
from kairosfile.gateway.options import CONTEXT_KEY
from kairosfile.json_text import parse_json
from kairosfile.plan.locations import locations
from kairosfile.plan.model import Run
from kairosfile.trace import BUILD_ARG as TRACE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kairosfile import llb
    from kairosfile.gateway.bridge import Bridge
    from kairosfile.gateway.images import ImageSource
    from kairosfile.gateway.options import Options
    from kairosfile.gateway.request import EntryFile
    from kairosfile.plan import Plan


# The stages of kairos-init that fetch what they install.
FETCHING = ("install", "init")
_ONE_STEP = "; a hook step alone is cut off by `network: none`"


def show_notices(bridge: Bridge, entry: EntryFile, sentences: Iterable[str]) -> None:
    """Show each sentence as a warning."""
    for sentence in sentences:
        bridge.warn(entry.vertex, sentence)


def notices(options: Options, documents: Sequence[sections.Document], plans: Sequence[Plan]) -> Iterator[str]:
    """Yield a warning for each option that has no effect, or an unexpected one."""
    plumbing = {options.raw_options.get(CONTEXT_KEY, "")}
    for key in known_options.unknown(options.raw_options.keys() - plumbing):
        yield f"option {key} has no effect: this frontend does not know it"
    yield from known_options.without_effect(options.build_args)
    build_args = [name for name in options.build_args if not known_options.is_predefined(name) and name != TRACE]
    if build_args:
        from kairosfile.sections.build_args import unused  # noqa: PLC0415 - most builds have none

        yield from unused(documents, build_args)
    yield from _unknown_steps(options.no_cache, plans)
    yield from _unused_contexts(options, plans)
    if options.containers.network == "none" and (names := _offline(plans)):
        yield f"--network none: {names} has no network either, and fails where it has to download something{_ONE_STEP}"


def _unknown_steps(names: Iterable[str] | None, plans: Sequence[Plan]) -> Iterator[str]:
    """Yield a warning for each name that no step has."""
    if not names:
        return
    from kairosfile.plan.targets import unknown_names  # noqa: PLC0415 - few builds run steps again

    for diagnostic in unknown_names(plans, names):
        yield f"--no-cache-filter: {diagnostic}; that name has no effect"


def of_another_platform(bases: Iterable[tuple[llb.Platform, ImageSource]]) -> Iterator[str]:
    """Yield a warning for each base of another platform: a daemon uses a single-platform image for any platform."""
    for platform, base in bases:
        config = parse_json(base.config)
        actual = config.get("os", platform.os), config.get("architecture", platform.architecture)
        if actual != (platform.os, platform.architecture):
            yield f"the base {base.name} is for {'/'.join(actual)}, not for {platform}: so is its image"


def _unused_contexts(options: Options, plans: Iterable[Plan]) -> Iterator[str]:
    """Yield a warning for each unused named context: nearly always its name is mistyped."""
    if not options.named_contexts:
        return
    from kairosfile.gateway.contexts import named  # noqa: PLC0415 - few builds have named contexts

    known = list(dict.fromkeys(name for plan in plans for image in plan.every_image for name in image.names))
    for key in named.unused(options, known):
        yield f"--build-context {key} has no effect: the images that this file takes are {', '.join(known)}"


def _offline(plans: Iterable[Plan]) -> str:
    """Return the names of the fetching steps that have no network only because all steps have none."""
    from kairosfile.plan.targets import group  # noqa: PLC0415 - few builds are without a network

    steps = [(step.name, step.action) for plan in plans for step in plan.steps if group(step) in FETCHING]
    names = [name for name, action in steps if isinstance(action, Run) and action.network == "default"]
    return " and ".join(dict.fromkeys(names))


def show_warnings(bridge: Bridge, entry: EntryFile, diagnostics: Iterable[language.Diagnostic]) -> None:
    """Show the first warnings at the end of the build; only a check shows notes."""
    warnings = [diagnostic for diagnostic in diagnostics if diagnostic.severity == "warning"]
    for diagnostic in warnings[: language.MAX_SHOWN]:
        bridge.warn(
            entry.vertex,
            f"{diagnostic.rule.id}: {diagnostic.message} ({_location(diagnostic)})",
            detail=[diagnostic.hint] if diagnostic.hint else [],
            url=diagnostic.rule.url,
            location=locations(entry.source_map, [diagnostic.range])[0],
        )
    if (more := len(warnings) - language.MAX_SHOWN) > 0:
        bridge.warn(entry.vertex, f"{more} more warnings: docker buildx build --check lists them")


def _location(diagnostic: language.Diagnostic) -> str:
    line = f"line {diagnostic.range.start.line}"
    return f"{diagnostic.range.filename}, {line}" if diagnostic.range.filename else line


class AsSourceErrors:
    """Raises errors of a file, or of the requested target, as an error of the build with the source lines.

    A context manager, without `contextlib`: importing that costs more than most phases of a build.
    """

    def __init__(self, source_map: llb.SourceMap) -> None:
        self._source_map = source_map

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if error is None:
            return
        from kairosfile.source_errors import source_error  # noqa: PLC0415 - most builds have no errors

        if refusal := source_error(error, self._source_map):
            raise refusal from error
