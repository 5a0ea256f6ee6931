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
from kairosfile.cli.syntax_line import with_frontend
from kairosfile.kairos.mounts import is_kept
from kairosfile.oci import normalize_reference
from kairosfile.plan.model import Copy, Download, File
from kairosfile.sections.lint.secrets import masked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from kairosfile.cli.build.buildx import Buildx
    from kairosfile.plan.model import Plan


EPOCH, REWRITE = "SOURCE_DATE_EPOCH", "rewrite-timestamp=true"


def rewritten_times_warning(
    command: BuildxCommand, plans: Iterable[Plan], environment: Mapping[str, str] = os.environ
) -> str:
    """Return the warning for a build whose files get one time, empty if machines keep no file of the plans."""
    has_epoch = EPOCH in (command.build_args or {}) or bool(environment.get(EPOCH)) or _passes_epoch(command)
    if not has_epoch or not any(REWRITE in word for word in (*command.outputs, *command.extra_args)):
        return ""
    kept = list(dict.fromkeys(target for plan in plans for target in _targets(plan) if is_kept(target)))
    if not kept:
        return ""
    more = f" and {len(kept) - 1} more" if len(kept) > 1 else ""
    return (
        f"with {REWRITE} the time of {kept[0]}{more} is {EPOCH}: a machine that is installed keeps its own copy where "
        "size and time are the same; give each release a later one than the release before"
    )


def _passes_epoch(command: BuildxCommand) -> bool:
    return any(EPOCH in word for word in command.extra_args)


def _targets(plan: Plan) -> Iterator[str]:
    for step in plan.steps:
        if isinstance(step.action, Copy | Download | File):
            yield step.action.target


MAX, MIN, OFF, ON = "max", "min", "off", "on"
MODES = (MAX, MIN, OFF)
# Options of buildx that override the defaults if they are given after `--`.
PROVENANCE, SBOM = "--provenance", "--sbom"


def attestations(wanted: BuildOutputs, build_args: Mapping[str, str]) -> list[str]:
    """Return the values of buildx's `--attest`; raises CliError for an unknown mode."""
    return [*_provenance(wanted, build_args), *_sbom(wanted)]


def scans(command: BuildxCommand) -> bool:
    """Return whether a build creates an SBOM."""
    argv = (*command.attestations, *command.extra_args)
    return _has_option(command.extra_args, SBOM) or any("type=sbom" in it and "disabled=true" not in it for it in argv)


def _provenance(wanted: BuildOutputs, build_args: Mapping[str, str]) -> Iterator[str]:
    if wanted.provenance not in {None, *MODES}:
        raise CliError(f"unknown --provenance {wanted.provenance}; known are {', '.join(MODES)}")
    mode = wanted.provenance or (MAX if wanted.push and not _is_chosen(wanted, PROVENANCE, "provenance") else "")
    if mode == MAX and wanted.provenance is None and (secret := _secret(build_args)):
        mode = MIN
        sys.stderr.write(
            f"kairosfile: the build arg {secret} looks like a secret, which full provenance would publish: mode=min; "
            "pass it as a build secret\n"
        )
    if mode:
        yield "type=provenance,disabled=true" if mode == OFF else f"type=provenance,mode={mode}"


def _secret(build_args: Mapping[str, str]) -> str:
    return next((name for name, value in build_args.items() if looks_secret(f"{name}={value}")), "")


def _sbom(wanted: BuildOutputs) -> Iterator[str]:
    mode = wanted.sbom or (ON if wanted.push and not _is_chosen(wanted, SBOM, "sbom") else "")
    if mode == OFF:
        yield "type=sbom,disabled=true"
    elif mode:
        yield "type=sbom" if mode == ON else f"type=sbom,generator={mode}"


def _is_chosen(wanted: BuildOutputs, flag: str, kind: str) -> bool:
    """Return whether the arguments after `--` set it, by `--sbom=...` or `--attest type=sbom,...`."""
    return _has_option(wanted.extra_args, flag) or any(f"type={kind}" in word for word in wanted.extra_args)


def _has_option(argv: Sequence[str], flag: str) -> bool:
    return any(word.partition("=")[0] == flag for word in argv)


# Options of buildx that replace the choice of this command if they are given after `--`.
OUTPUTS = {"--push", "--load", "--output", "-o"}
PROGRESS = {"--progress", "--quiet", "-q"}
AUTO, RAW_JSON, PLAIN, JSON = "auto", "rawjson", "plain", "json"


# The default folder of the files of an artifact, without --output.
ARTIFACTS = "type=local,dest=build"


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


def show(file: str, load_options: LoadOptions, wanted: BuildOutputs) -> int:
    """Print the command line of the build; returns the exit status. Raises CliError."""
    checked = _command(file, load_options, wanted)
    if checked is None:
        return EXIT_ERRORS
    line = _shown(checked[0])
    sys.stdout.write(line + "\n")
    if HIDDEN in line:
        sys.stderr.write(f"kairosfile: possible secrets are shown as {HIDDEN}\n")
    return 0


def _shown(command: BuildxCommand) -> str:
    """Return the command line for a shell, without secrets."""
    return shown(command.to_argv(), lambda text: masked(text, HIDDEN))


def build(file: str, load_options: LoadOptions, wanted: BuildOutputs, progress: str) -> int:
    """Build a file; returns the exit status of buildx, or that of a file with errors. Raises CliError."""
    checked = _command(file, load_options, wanted)
    if checked is None:
        return EXIT_ERRORS
    command, images = checked
    if text := rewritten_times_warning(command, [image.plan for image in images]):
        sys.stderr.write(f"kairosfile: {text}\n")
    messages: list[str] = []
    status = _run(command, images, progress, _names(wanted.extra_args), messages)
    if status:
        _advise(command, messages)
    elif command.push and command.tags and scans(command):
        _warn_about_attestation_size(command.tags[0])
    return status


def _run(command: BuildxCommand, images: Sequence[Loaded], progress: str, extra: set[str], messages: list[str]) -> int:
    """Run buildx and append its own messages (not step logs) to `messages`."""
    found = buildx.find()
    if progress not in {AUTO, PLAIN, JSON} or extra & PROGRESS:
        return buildx.run(command.to_argv("" if progress == AUTO else progress))
    with recording(command.to_argv(), _shown(command), images, command.target, printed=progress == JSON) as record:
        status = _followed(command, found, progress, record, messages)
        record.end(status)
        return status


def _followed(command: BuildxCommand, found: Buildx, progress: str, record: Recording, messages: list[str]) -> int:
    """Run buildx, with its output shown and recorded."""
    if progress == JSON:
        return _as_events(command, found, record)
    if progress == PLAIN or not _is_live():
        return _plain(command, record, messages)
    if not found.has_raw_json:
        first = ".".join(map(str, buildx.FIRST_WITH_RAW_JSON))
        sys.stderr.write(f"kairosfile: showing buildx's own progress, its JSON needs buildx {first}: {found.text}\n")
        return buildx.run(command.to_argv())
    return _watched(command, record, messages)


def _as_events(command: BuildxCommand, found: Buildx, record: Recording) -> int:
    """Build with events, one per line of standard error; raises CliError if buildx does not support them."""
    if not found.has_raw_json:
        first = ".".join(map(str, buildx.FIRST_WITH_RAW_JSON))
        raise CliError(f"--progress json needs buildx {first}, this is {found.text}; use --progress plain")
    return buildx.run(command.to_argv(RAW_JSON), record.feed)


def _names(argv: Sequence[str]) -> set[str]:
    """Return the options of a command line, without their values."""
    return {word.partition("=")[0] for word in argv}


def _plain(command: BuildxCommand, record: Recording, messages: list[str]) -> int:
    """Build with the unchanged output of buildx."""

    def line(text: str) -> None:
        sys.stderr.write(text)
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
    if found := refused(messages):
        again = shown(["kairosfile", *without_sbom(sys.argv[1:])])
        sys.stderr.write(advice(found, command.platforms, again, pushing=command.push))


def _warn_about_attestation_size(image: str) -> None:
    """Warn of a pushed attestation that other builders may refuse."""
    from kairosfile.cli.attestation_size import warnings  # noqa: PLC0415 - only a push is looked at

    for text in warnings(image):
        sys.stderr.write(f"kairosfile: {text}\n  -> {SMALLER}\n")


def _is_live() -> bool:
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def _command(file: str, load_options: LoadOptions, wanted: BuildOutputs) -> tuple[BuildxCommand, list[Loaded]] | None:
    """Return the build of a file with its images; None for one with errors, which are printed. Raises CliError."""
    for tag in wanted.tags:
        _check_tag(tag)
    try:
        images = load_all(on_disk(file, "build"), load_options)
    except language.KairosfileError as error:
        report_errors(error)
        return None
    makes_files = not all(of_target(image.plan, wanted.target).is_image for image in images)
    chosen = wanted.outputs or _names(wanted.extra_args) & OUTPUTS
    outputs = [ARTIFACTS] if makes_files and not (chosen or wanted.push or wanted.load) else wanted.outputs
    # A part of the image does not get the name of the whole image.
    tags = wanted.tags if wanted.tags or outputs or wanted.target else _conventional(images, wanted)
    both = [f"type=registry,ref={reference}" for reference in wanted.caches]
    command = BuildxCommand(
        file=file,
        context=context_of(file, load_options),
        platforms=[image.plan.platform for image in images],
        target=wanted.target or "",
        tags=tags,
        build_args=with_frontend(images[0].document.source.text, load_options.build_args),
        outputs=outputs,
        caches_from=[*both, *wanted.caches_from],
        caches_to=[*(f"{cache},mode=max" for cache in both), *wanted.caches_to],
        push=wanted.push,
        load=wanted.load or not (wanted.push or outputs or chosen),
        extra_args=wanted.extra_args,
        attestations=attestations(wanted, load_options.build_args),
    )
    return command, images


def _check_tag(tag: str) -> None:
    try:
        normalize_reference(tag)
    except ValueError as error:
        allowed = tag.lower().replace("+", "-").partition("://")
        hint = f"; write {allowed[2] or allowed[0]}" if "+" in tag or "://" in tag else ""
        raise CliError(f"invalid --tag {tag}: {error}{hint}") from error


def _conventional(images: list[Loaded], wanted: BuildOutputs) -> list[str]:
    """Return the conventional name; raises CliError if it has none, or one that cannot be pushed."""
    if len(images) > 1:
        raise CliError("Kairos' names are for one platform each; name an image of several platforms with --tag")
    if wanted.push and not wanted.registry:
        raise CliError("--push needs a destination: add --registry HOST/ORG, or --tag")
    try:
        return [one.image("published", wanted.registry) for one in name.names_of(images).values()]
    except CliError as error:
        raise CliError(f"{error}\nOr name the image yourself with --tag.") from error
