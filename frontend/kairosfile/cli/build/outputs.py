"""`kairosfile build`: checks a file, computes its conventional names, and runs buildx.

Pushed images get attestations by default: BuildKit creates them, this module decides which. An image that is not
pushed gets the default of buildx.

A machine copies a file of a new image to its persistent paths only if it is newer than its copy, or of another size.
So a single time for all files causes a warning. The frontend does not get `rewrite-timestamp`, an option of the
exporter: only the command line has both.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kairosfile import language
from kairosfile.cli.attestation_size import SMALLER, advice, refused, without_sbom
from kairosfile.cli.build import buildx
from kairosfile.cli.build.buildx import HIDDEN, BuildxCommand, looks_secret, shown
from kairosfile.cli.commands import name
from kairosfile.cli.errors import CliError
from kairosfile.cli.jobs.recording import Recording, recording
from kairosfile.cli.load import (
    EXIT_ERRORS,
    Loaded,
    LoadOptions,
    context_of,
    load_all,
    of_target,
    on_disk,
    report_errors,
)
from kairosfile.cli.output import say
from kairosfile.cli.syntax_line import with_frontend
from kairosfile.kairos.mounts import is_kept
from kairosfile.oci import normalize_reference
from kairosfile.plan.model import Copy, Download, File
from kairosfile.sections.lint.secrets import masked
from kairosfile.untrusted import lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from kairosfile.cli.build.buildx import Buildx
    from kairosfile.plan.model import Plan


EPOCH, REWRITE = "SOURCE_DATE_EPOCH", "rewrite-timestamp=true"

MAX, MIN, OFF, ON = "max", "min", "off", "on"
MODES = (MAX, MIN, OFF)
# Options of buildx that override the defaults if they are given after `--`.
PROVENANCE, SBOM = "--provenance", "--sbom"

# Options of buildx that replace the choice of this command if they are given after `--`.
OUTPUTS = {"--push", "--load", "--output", "-o"}
PROGRESS = {"--progress", "--quiet", "-q"}
AUTO, RAW_JSON, PLAIN, JSON = "auto", "rawjson", "plain", "json"

# The default folder of the files of an artifact, without --output.
ARTIFACTS = "type=local,dest=build"


def rewritten_times_warning(
    command: BuildxCommand, plans: Iterable[Plan], environment: Mapping[str, str] = os.environ
) -> str:
    """Return the warning for a build whose files get one time, empty if machines keep no file of the plans."""
    has_epoch = EPOCH in (command.build_args or {}) or bool(environment.get(EPOCH)) or _passes_epoch(command)
    if not has_epoch or not any(REWRITE in word for word in (*command.outputs, *command.extra_args)):
        return ""
    targets = list(dict.fromkeys(target for plan in plans for target in _targets(plan) if is_kept(target)))
    if not targets:
        return ""
    more = f" and {len(targets) - 1} more" if len(targets) > 1 else ""
    return (
        f"with {REWRITE} the time of {targets[0]}{more} is {EPOCH}: a machine that is installed keeps its copy where "
        "size and time are the same; give each release a later one than the release before"
    )


def _passes_epoch(command: BuildxCommand) -> bool:
    return any(EPOCH in word for word in command.extra_args)


def _targets(plan: Plan) -> Iterator[str]:
    for step in plan.steps:
        if isinstance(step.action, Copy | Download | File):
            yield step.action.target


def attestations(outputs: BuildOutputs, build_args: Mapping[str, str]) -> list[str]:
    """Return the values of buildx's `--attest`; raises CliError for an unknown mode."""
    return [*_provenance(outputs, build_args), *_sbom(outputs)]


def scans(command: BuildxCommand) -> bool:
    """Return whether a build creates an SBOM."""
    argv = (*command.attestations, *command.extra_args)
    return _has_option(command.extra_args, SBOM) or any("type=sbom" in it and "disabled=true" not in it for it in argv)


def _provenance(outputs: BuildOutputs, build_args: Mapping[str, str]) -> Iterator[str]:
    if outputs.provenance not in {None, *MODES}:
        raise CliError(f"unknown --provenance {outputs.provenance}; known are {', '.join(MODES)}")
    mode = outputs.provenance or (MAX if outputs.push and not _is_chosen(outputs, PROVENANCE, "provenance") else "")
    if mode == MAX and outputs.provenance is None and (secret := _secret(build_args)):
        mode = MIN
        say(
            f"the build arg {secret} looks like a secret, which full provenance would publish: mode=min; "
            "pass it as a build secret"
        )
    if mode:
        yield "type=provenance,disabled=true" if mode == OFF else f"type=provenance,mode={mode}"


def _secret(build_args: Mapping[str, str]) -> str:
    return next((name for name, value in build_args.items() if looks_secret(f"{name}={value}")), "")


def _sbom(outputs: BuildOutputs) -> Iterator[str]:
    mode = outputs.sbom or (ON if outputs.push and not _is_chosen(outputs, SBOM, "sbom") else "")
    if mode == OFF:
        yield "type=sbom,disabled=true"
    elif mode:
        yield "type=sbom" if mode == ON else f"type=sbom,generator={mode}"


def _is_chosen(outputs: BuildOutputs, flag: str, kind: str) -> bool:
    """Return whether the arguments after `--` set it, by `--sbom=...` or `--attest type=sbom,...`."""
    return _has_option(outputs.extra_args, flag) or any(f"type={kind}" in word for word in outputs.extra_args)


def _has_option(argv: Sequence[str], flag: str) -> bool:
    return any(word.partition("=")[0] == flag for word in argv)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildOutputs:
    """Where the build result goes: target, tags, outputs, caches and attestations from the command line.

    `extra_args` are passed to buildx unchanged.
    """

    tags: Sequence[str] = ()
    registry: str = ""
    target: str | None = None
    push: bool = False
    load: bool = False
    outputs: Sequence[str] = ()
    caches: Sequence[str] = ()
    caches_from: Sequence[str] = ()
    caches_to: Sequence[str] = ()
    extra_args: Sequence[str] = ()
    provenance: str | None = None
    sbom: str | None = None


def show(file: str, load_options: LoadOptions, outputs: BuildOutputs) -> int:
    """Print the command line of the build; returns the exit status. Raises CliError."""
    checked = _command(file, load_options, outputs)
    if checked is None:
        return EXIT_ERRORS
    line = _shown(checked[0])
    sys.stdout.write(line + "\n")
    if HIDDEN in line:
        say(f"possible secrets are shown as {HIDDEN}")
    return 0


def _shown(command: BuildxCommand) -> str:
    """Return the command line for a shell, without secrets."""
    return shown(command.to_argv(), lambda text: masked(text, HIDDEN))


def build(file: str, load_options: LoadOptions, outputs: BuildOutputs, progress: str) -> int:
    """Build a file; returns the exit status of buildx, or that of a file with errors. Raises CliError."""
    checked = _command(file, load_options, outputs)
    if checked is None:
        return EXIT_ERRORS
    command, images = checked
    if text := rewritten_times_warning(command, [image.plan for image in images]):
        say(text)
    messages: list[str] = []
    status = _run(command, images, progress, _names(outputs.extra_args), messages)
    if status:
        _advise(command, messages)
    elif command.push and command.tags and scans(command):
        _warn_about_attestation_size(command.tags[0])
    return status


def _run(command: BuildxCommand, images: Sequence[Loaded], progress: str, extra: set[str], messages: list[str]) -> int:
    """Run buildx and append its own messages (not step logs) to `messages`."""
    program = buildx.find()
    if progress not in {AUTO, PLAIN, JSON} or extra & PROGRESS:
        return buildx.run(command.to_argv("" if progress == AUTO else progress))
    with recording(command.to_argv(), _shown(command), images, command.target, printed=progress == JSON) as record:
        status = _followed(command, program, progress, record, messages)
        record.end(status)
        return status


def _followed(command: BuildxCommand, program: Buildx, progress: str, record: Recording, messages: list[str]) -> int:
    """Run buildx, with its output shown and recorded."""
    if progress == JSON:
        return _as_events(command, program, record)
    if progress == PLAIN or not _is_live():
        return _plain(command, record, messages)
    if not program.has_raw_json:
        first = ".".join(map(str, buildx.FIRST_WITH_RAW_JSON))
        say(f"showing buildx's own progress, its JSON needs buildx {first}: {program.text}")
        return buildx.run(command.to_argv())
    return _watched(command, record, messages)


def _as_events(command: BuildxCommand, program: Buildx, record: Recording) -> int:
    """Build with events, one per line of standard error; raises CliError if buildx does not support them."""
    if not program.has_raw_json:
        first = ".".join(map(str, buildx.FIRST_WITH_RAW_JSON))
        raise CliError(f"--progress json needs buildx {first}, this is {program.text}; use --progress plain")
    return buildx.run(command.to_argv(RAW_JSON), record.feed)


def _names(argv: Sequence[str]) -> set[str]:
    """Return the options of a command line, without their values."""
    return {word.partition("=")[0] for word in argv}


def _plain(command: BuildxCommand, record: Recording, messages: list[str]) -> int:
    """Build with the output of buildx, each line safe to print: a CI runner reads commands in it, also after a CR."""

    def line(text: str) -> None:
        sys.stderr.write(lines(text, len(text)))
        record.feed(text)
        if not text.startswith("#"):  # what a step prints
            messages.append(text)

    return buildx.run(command.to_argv(PLAIN), line)


def _watched(command: BuildxCommand, record: Recording, messages: list[str]) -> int:
    from kairosfile.cli.build.progress import Progress  # noqa: PLC0415 - only a terminal gets the view
    from kairosfile.cli.build.view import View  # noqa: PLC0415

    progress = Progress()
    view = View(progress)

    def line(text: str) -> None:
        progress.feed(text)
        record.feed(text)

    with view:
        status = buildx.run(command.to_argv(RAW_JSON), line)
    view.conclude(status, command.tags)
    messages += progress.text
    return status


def _advise(command: BuildxCommand, messages: Iterable[str]) -> None:
    """Write advice for a failure, by the messages of buildx."""
    if refusal := refused(messages):
        again = shown(["kairosfile", *without_sbom(sys.argv[1:])])
        sys.stderr.write(advice(refusal, command.platforms, again, pushing=command.push))


def _warn_about_attestation_size(image: str) -> None:
    """Warn of a pushed attestation that other builders may refuse."""
    from kairosfile.cli.attestation_size import warnings  # noqa: PLC0415 - only a push is looked at

    for text in warnings(image):
        say(f"{text}\n  -> {SMALLER}")


def _is_live() -> bool:
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def _command(file: str, load_options: LoadOptions, options: BuildOutputs) -> tuple[BuildxCommand, list[Loaded]] | None:
    """Return the build of a file with its images; None for one with errors, which are printed. Raises CliError."""
    for tag in options.tags:
        _check_tag(tag)
    try:
        images = load_all(on_disk(file, "build"), load_options)
    except language.KairosfileError as error:
        report_errors(error)
        return None
    makes_files = not all(of_target(image.plan, options.target).is_image for image in images)
    chosen = options.outputs or _names(options.extra_args) & OUTPUTS
    outputs = [ARTIFACTS] if makes_files and not (chosen or options.push or options.load) else options.outputs
    # A part of the image does not get the name of the whole image.
    tags = options.tags if options.tags or outputs or options.target else _conventional(images, options)
    both = [f"type=registry,ref={reference}" for reference in options.caches]
    command = BuildxCommand(
        file=file,
        context=context_of(file, load_options),
        platforms=[image.plan.platform for image in images],
        target=options.target or "",
        tags=tags,
        build_args=with_frontend(images[0].document.source.text, load_options.build_args),
        outputs=outputs,
        caches_from=[*both, *options.caches_from],
        caches_to=[*(f"{cache},mode=max" for cache in both), *options.caches_to],
        push=options.push,
        load=options.load or not (options.push or outputs or chosen),
        extra_args=options.extra_args,
        attestations=attestations(options, load_options.build_args),
    )
    return command, images


def _check_tag(tag: str) -> None:
    try:
        normalize_reference(tag)
    except ValueError as error:
        allowed = tag.lower().replace("+", "-").partition("://")
        hint = f"; write {allowed[2] or allowed[0]}" if "+" in tag or "://" in tag else ""
        raise CliError(f"invalid --tag {tag}: {error}{hint}") from error


def _conventional(images: list[Loaded], outputs: BuildOutputs) -> list[str]:
    """Return the conventional name; raises CliError if it has none, or one that cannot be pushed."""
    if len(images) > 1:
        raise CliError("names of Kairos are for one platform each; name an image of several platforms with --tag")
    if outputs.push and not outputs.registry:
        raise CliError("--push needs a destination: add --registry HOST/ORG, or --tag")
    try:
        return [one.image("published", outputs.registry) for one in name.names_of(images).values()]
    except CliError as error:
        raise CliError(f"{error}\nOr name the image yourself with --tag.") from error
