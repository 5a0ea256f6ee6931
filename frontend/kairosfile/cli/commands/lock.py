"""`kairosfile lock`: creates, updates and checks the lock file of a Kairosfile.

It locks the images that the file names by a tag on any of its platforms. It sends as few requests to registries as
possible: entries of the lock file stay until the user requests an upgrade.

A lock can also be written as a source policy of BuildKit, for builds whose frontend knows no lock file, such as those
of a Dockerfile. The format is that of moby/buildkit sourcepolicy/pb/policy.proto; buildx reads the file that
EXPERIMENTAL_BUILDKIT_SOURCE_POLICY names.
"""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from kairosfile import language
from kairosfile.cli import options
from kairosfile.cli.errors import CliError
from kairosfile.cli.load import EXIT_ERRORS, Loaded, LoadOptions, load_all, locate, on_disk, report_errors
from kairosfile.cli.options import STANDARD_OUTPUT
from kairosfile.cli.output import Output, safe_rows
from kairosfile.language.diagnostics import did_you_mean, listing, nearest
from kairosfile.language.lockfile import SUFFIX, Lock, text
from kairosfile.oci import familiar_reference, normalize_reference
from kairosfile.plan.model import AURORABOOT, BASE, KAIROS_INIT
from kairosfile.sections.document import image_fields
from kairosfile.untrusted import printable_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


_IMAGE = "docker-image://"

SCHEMA = "kairosfile.lock/1"
SHORT = len("sha256:") + 12

# The first four are results of an image, the others findings of a check.
Result = Literal["added", "kept", "upgraded", "dropped", "locked", "missing", "unused", "moved"]

MISMATCHES: dict[str, str] = {
    "missing": "{name} is not in {lock}",
    "unused": "{name} is locked, and the file does not name it",
    "moved": "{name} is {was} in {lock}, its tag names {digest} now",
}

UNREACHED = 2
# The role names of the images of these fields; those of a matrix have the names of their fields.
ROLES: dict[str | int, str] = {"base": BASE, "kairos_init": KAIROS_INIT, "artifacts": AURORABOOT}


def source_policy(images: Mapping[str, str]) -> str:
    """Return the policy that gives each tag the digest it is locked to, JSON."""
    return printable_json({"rules": [_rule(name, digest) for name, digest in sorted(images.items())]})


def _rule(name: str, digest: str) -> dict[str, object]:
    return {
        "action": "CONVERT",
        "selector": {"identifier": f"{_IMAGE}{name}", "matchType": "EXACT"},
        "updates": {"identifier": f"{_IMAGE}{name}@{digest}"},
    }


@dataclass(frozen=True, slots=True)
class Entry:
    """An image by its full name: `digest` is the current one, `was` that of the lock file; empty for none."""

    name: str
    result: Result
    digest: str
    was: str
    place: str


def report_text(entries: Iterable[Entry], lock: str, *, is_written: bool) -> str:
    """Return the result of each image."""
    rows = [f"{entry.result:8} {entry.name} {_change(entry)}" for entry in entries]
    return safe_rows([*rows, f"wrote {lock}" if is_written else f"{lock} is up to date"])


def checked(entries: Sequence[Entry], lock: str, *, exists: bool) -> str:
    """Return each mismatch with its range, and advice."""
    if not exists:
        return safe_rows([f"there is no {lock}: run `kairosfile lock`"])
    mismatches = [entry for entry in entries if entry.result in MISMATCHES]
    rows = [f"{entry.place}: {_mismatch(entry, lock)}" for entry in mismatches]
    if any(entry.result != "moved" for entry in mismatches):
        rows.append(f"{lock} is outdated: run `kairosfile lock`")
    elif mismatches:
        rows.append("tags have moved: `kairosfile lock --upgrade` locks their current images")
    return safe_rows(rows or [f"{lock} fits"])


def entries_json(entries: Iterable[Entry], file: str, lock: str) -> str:
    """Return the entries as JSON."""
    images = [{key: value or None for key, value in asdict(entry).items()} for entry in entries]
    return printable_json({"schema": SCHEMA, "file": file, "lock": lock, "images": images})


def _mismatch(entry: Entry, lock: str) -> str:
    return MISMATCHES[entry.result].format(
        name=entry.name, lock=lock, was=entry.was[:SHORT], digest=entry.digest[:SHORT]
    )


def _change(entry: Entry) -> str:
    both = [digest[:SHORT] for digest in dict.fromkeys((entry.was, entry.digest)) if digest]
    return " -> ".join(both)


@dataclass(frozen=True, slots=True)
class TaggedImage:
    """An image that the file names by a tag: its full name, its first range, and its other names."""

    name: str
    place: str
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Upgrade:
    """The images to look up again: none, all, or those with some names."""

    is_requested: bool
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LockState:
    """A Kairosfile, its images, and its lock file, if it exists."""

    file: str
    images: Mapping[str, TaggedImage]
    lock: Lock | None

    @property
    def path(self) -> str:
        """The path of the lock file."""
        return self.file + SUFFIX

    @property
    def digests(self) -> Mapping[str, str]:
        """The entries of the lock file."""
        return self.lock.images if self.lock else {}


def write_lock(
    file: str, load_options: LoadOptions, upgrade: Upgrade, policy: str, output_format: str, *, online: bool
) -> int:
    """Write the lock file, and the source policy if one is wanted. Returns the exit status; raises CliError."""
    if online:
        raise CliError("--online goes with --check; without it images that are missing are looked up anyway")
    try:
        locked = _load(file, load_options)
    except language.KairosfileError as error:
        return report_errors(error)
    again = _again(locked, upgrade)
    digests_now = _look_up(locked.images[name] for name in locked.images if name in again or name not in locked.digests)
    if digests_now is None:
        return UNREACHED
    digests = {name: digests_now.get(name) or locked.digests[name] for name in locked.images}
    is_new = _write(locked, digests)
    if policy:
        Output(policy, force=True).write(source_policy(digests))
    entries = [*_entries(locked, digests)]
    report = report_text(entries, locked.path, is_written=is_new) if output_format == "text" else _json(locked, entries)
    (sys.stderr if policy == STANDARD_OUTPUT else sys.stdout).write(report)
    return 0


def check_lock(file: str, load_options: LoadOptions, output_format: str, *, online: bool) -> int:
    """Check whether the lock file is up to date, and if `online`, whether tags have moved. Returns the exit status."""
    try:
        locked = _load(file, load_options)
    except language.KairosfileError as error:
        return report_errors(error)
    entries = [*_held_against(locked)]
    if online:
        digests_now = _look_up(locked.images[it.name] for it in entries if it.result == "locked")
        if digests_now is None:
            return UNREACHED
        entries = [_moved(entry, digests_now) for entry in entries]
    fits = locked.lock is not None and all(entry.result == "locked" for entry in entries)
    report = checked(entries, locked.path, exists=locked.lock is not None)
    sys.stdout.write(report if output_format == "text" else _json(locked, entries))
    return 0 if fits else EXIT_ERRORS


def refuse_writing(*, names: bool, upgrade: bool, policy: bool) -> None:
    """Raise CliError for options that write, together with --check, which does not."""
    if names or upgrade or policy:
        raise CliError("--check changes nothing: remove NAME, --upgrade and --policy")


def _load(file: str, load_options: LoadOptions) -> LockState:
    loaded = load_all(on_disk(file, "lock"), load_options)
    images: dict[str, TaggedImage] = {}
    for image in (image for one in loaded for image in _images_of(one)):
        before = images.setdefault(image.name, image)
        images[image.name] = replace(before, names=before.names | image.names)
    return LockState(file, images, loaded[0].document.lock)


def _images_of(loaded: Loaded) -> Iterator[TaggedImage]:
    for path, reference in image_fields(loaded.document):
        name = normalize_reference(reference)
        if "@" not in name:
            range_ = loaded.document.range(*path)
            place = f"{range_.filename or loaded.name}:{range_.start.line}:{range_.start.column}"
            role = ROLES.get(path[1] if path[0] == "matrix" else path[0], name)
            yield TaggedImage(name, place, frozenset((name, familiar_reference(name), role)))


def _again(locked: LockState, upgrade: Upgrade) -> set[str]:
    """Return the images to look up again; raises CliError for an unknown name."""
    if upgrade.names and not upgrade.is_requested:
        raise CliError(f"{listing(upgrade.names)}: names go with --upgrade; a Kairosfile is named with -f")
    names = {name: [it.name for it in locked.images.values() if name in it.names] for name in upgrade.names}
    for name, images in names.items():
        if not images:
            known = sorted({word for it in locked.images.values() for word in (it.names - {it.name})})
            hint = did_you_mean(nearest(name, known)) or f"there are {', '.join(known) or 'none'}"
            raise CliError(f'the file has no image "{name}" with a tag; {hint}')
    if upgrade.is_requested and not upgrade.names:
        return set(locked.images)
    return {image for images in names.values() for image in images}


def _look_up(images: Iterable[TaggedImage]) -> dict[str, str] | None:
    """Return the digest of each image; None if a look-up fails, which is reported on standard error."""
    unresolved = list(images)
    if not unresolved:
        return {}
    from kairosfile.cli.registry import look_up  # noqa: PLC0415 - with nothing to ask no library is needed

    answers = look_up([image.name for image in unresolved])
    for image, answer in zip(unresolved, answers, strict=True):
        if not isinstance(answer, str):
            sys.stderr.write(safe_rows([f"{image.place}: {image.name} cannot be looked up: {answer}; {answer.advice}"]))
    digests = {image.name: answer for image, answer in zip(unresolved, answers, strict=True) if isinstance(answer, str)}
    return digests if len(digests) == len(unresolved) else None


def _write(locked: LockState, images: Mapping[str, str]) -> bool:
    """Write the lock file if it changes; returns whether it did."""
    path, content = Path(locked.path), text(Path(locked.file).name, images)
    if locked.lock is not None and path.read_text(encoding="utf-8") == content:
        return False
    try:
        path.write_text(content, encoding="utf-8")
    except OSError as error:
        raise CliError(f"{path} cannot be written: {error.strerror}") from error
    return True


def _entries(locked: LockState, images: Mapping[str, str]) -> Iterator[Entry]:
    """Yield the result of each image."""
    for name in sorted({*images, *locked.digests}):
        was, now = locked.digests.get(name, ""), images.get(name, "")
        result: Result = "dropped" if not now else "added" if not was else "kept" if was == now else "upgraded"
        yield Entry(name, result, now, was, _place(locked, name))


def _held_against(locked: LockState) -> Iterator[Entry]:
    """Yield the finding of each image and of each line of the lock file."""
    for name in sorted({*locked.images, *locked.digests}):
        digest = locked.digests.get(name, "")
        result: Result = "missing" if not digest else "locked" if name in locked.images else "unused"
        yield Entry(name, result, digest, digest, _place(locked, name))


def _moved(entry: Entry, digests: Mapping[str, str]) -> Entry:
    """Return an entry compared with the current digest of its tag."""
    digest = digests.get(entry.name, entry.digest)
    return entry if digest == entry.digest else replace(entry, result="moved", digest=digest)


def _place(locked: LockState, name: str) -> str:
    if name in locked.images:
        return locked.images[name].place
    start = locked.lock.ranges[name].start if locked.lock else None
    return f"{locked.path}:{start.line}:{start.column}" if start else locked.path


def _json(locked: LockState, entries: Iterable[Entry]) -> str:
    return entries_json(entries, locked.file, locked.path)


class Format(StrEnum):
    """Output formats of `lock`."""

    TEXT = "text"
    JSON = "json"


app = options.command()


@app.command(cls=options.Repeating)
def lock(
    *,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME", help="With --upgrade: base, kairos-init, or images. Default: all."),
    ] = None,
    file: options.OnlyFileOption = options.FILE,
    check: Annotated[bool, typer.Option("--check", help="Change nothing; fail if the lock file is outdated.")] = False,
    online: Annotated[bool, typer.Option("--online", help="With --check: also check whether tags have moved.")] = False,
    upgrade: Annotated[bool, typer.Option("--upgrade", help="Look up locked images again.")] = False,
    policy: Annotated[
        str, typer.Option("--policy", metavar="FILE", help="Write a source policy for BuildKit too; - is stdout.")
    ] = "",
    build_arg: options.BuildArgs = None,
    platform: options.Platforms = None,
    context: options.Context = None,
    output_format: Annotated[Format, typer.Option("--format", help="For people or programs.")] = Format.TEXT,
) -> None:
    """Pin images by digest in a lock file for builds.

    It is Kairosfile.lock, next to the Kairosfile.

    Images that are missing in the lock file are looked up and added, those that the file no longer names are removed.

    Exit status: 0, 1 for a file with errors or, with --check, an outdated lock file, 2 arguments or files that
    cannot be used, or an image that cannot be looked up.

    Example: kairosfile lock --upgrade base
    """
    file, load_options = locate(None, file, LoadOptions.parse(build_arg, platform, context))
    if check:
        refuse_writing(names=bool(names), upgrade=upgrade, policy=bool(policy))
        raise typer.Exit(check_lock(file, load_options, output_format.value, online=online))
    requested = Upgrade(upgrade, tuple(names or ()))
    raise typer.Exit(write_lock(file, load_options, requested, policy, output_format.value, online=online))
