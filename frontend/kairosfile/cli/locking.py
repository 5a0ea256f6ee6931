"""`kairosfile lock`: the lock file of a Kairosfile, made, renewed and checked.

What is locked is what the file names by a tag on any of its platforms. Registries are asked for as little as possible:
what the lock file has stays as it is until somebody asks for an upgrade.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from kairosfile import spec
from kairosfile.cli import lock_report, source_policy
from kairosfile.cli.checking import FAULTY, STANDARD_INPUT, Wishes
from kairosfile.cli.loading import Loaded, load_all, tell_faults
from kairosfile.cli.lock_report import Entry, Result
from kairosfile.cli.options import STANDARD_OUTPUT
from kairosfile.cli.output import Output
from kairosfile.cli.revisions import is_revision
from kairosfile.cli.stop import StopError
from kairosfile.oci import familiar_reference, normalize_reference
from kairosfile.plan.model import AURORABOOT, BASE, KAIROS_INIT
from kairosfile.spec.diagnostics import did_you_mean, listing
from kairosfile.spec.images import named
from kairosfile.spec.lock import SUFFIX, Lock, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

UNREACHED = 2
# What the images of these fields are called for what they are; those of a matrix like those of its file.
ROLES: dict[str | int, str] = {"base": BASE, "kairos_init": KAIROS_INIT, "artifacts": AURORABOOT}


class Wanted(NamedTuple):
    """An image that the file names by a tag: its full name, where it does so first, and what a person may call it."""

    name: str
    place: str
    called: frozenset[str]


class Upgrade(NamedTuple):
    """Which images are to be looked up again: none, all, or those that names mean."""

    asked: bool
    names: tuple[str, ...]


class Locked(NamedTuple):
    """A Kairosfile, the images that it wants, and the lock file beside it, if there is one."""

    file: str
    wanted: Mapping[str, Wanted]
    lock: Lock | None

    @property
    def path(self) -> str:
        """Where the lock file is, or is to be."""
        return self.file + SUFFIX

    @property
    def digests(self) -> Mapping[str, str]:
        """What the lock file says."""
        return self.lock.images if self.lock else {}


def lock(file: str, wishes: Wishes, upgrade: Upgrade, policy: str, form: str, *, online: bool) -> int:
    """Write the lock file, and the source policy if one is wanted. Returns the exit status; raises StopError."""
    if online:
        raise StopError("--online goes with --check; without it images that are missing are looked up anyway")
    try:
        locked = _load(file, wishes)
    except spec.KairosfileError as error:
        tell_faults(error)
        return FAULTY
    again = _again(locked, upgrade)
    found = _look_up(locked.wanted[name] for name in locked.wanted if name in again or name not in locked.digests)
    if found is None:
        return UNREACHED
    digests = {name: found.get(name) or locked.digests[name] for name in locked.wanted}
    is_new = _write(locked, digests)
    if policy:
        Output(policy, force=True).write(source_policy.text(digests))
    entries = [*_entries(locked, digests)]
    report = lock_report.text(entries, locked.path, written=is_new) if form == "text" else _json(locked, entries)
    (sys.stderr if policy == STANDARD_OUTPUT else sys.stdout).write(report)
    return 0


def check(file: str, wishes: Wishes, form: str, *, online: bool) -> int:
    """Tell whether the lock file fits, and if `online`, whether tags have moved. Returns the exit status."""
    try:
        locked = _load(file, wishes)
    except spec.KairosfileError as error:
        tell_faults(error)
        return FAULTY
    entries = [*_held_against(locked)]
    if online:
        found = _look_up(locked.wanted[it.name] for it in entries if it.result == "locked")
        if found is None:
            return UNREACHED
        entries = [_moved(entry, found) for entry in entries]
    fits = locked.lock is not None and all(entry.result == "locked" for entry in entries)
    report = lock_report.checked(entries, locked.path, exists=locked.lock is not None)
    sys.stdout.write(report if form == "text" else _json(locked, entries))
    return 0 if fits else FAULTY


def refuse_writing(*, names: bool, upgrade: bool, policy: bool) -> None:
    """Raise StopError for options that write beside --check, which does not."""
    if names or upgrade or policy:
        raise StopError("--check changes nothing: leave out NAME, --upgrade and --policy")


def _load(file: str, wishes: Wishes) -> Locked:
    if file == STANDARD_INPUT or is_revision(file):
        raise StopError("lock takes a file at hand, not standard input and not a revision of a file")
    loaded = load_all(file, wishes)
    wanted: dict[str, Wanted] = {}
    for image in (image for one in loaded for image in _wanted(one)):
        before = wanted.setdefault(image.name, image)
        wanted[image.name] = before._replace(called=before.called | image.called)
    return Locked(file, wanted, loaded[0].document.lock)


def _wanted(loaded: Loaded) -> Iterator[Wanted]:
    for path, reference in named(loaded.document):
        name = normalize_reference(reference)
        if "@" not in name:
            where = loaded.document.range(*path)
            place = f"{where.filename or loaded.name}:{where.start.line}:{where.start.column}"
            role = ROLES.get(path[1] if path[0] == "matrix" else path[0], name)
            yield Wanted(name, place, frozenset((name, familiar_reference(name), role)))


def _again(locked: Locked, upgrade: Upgrade) -> set[str]:
    """Return the images that are to be looked up again; raises StopError for a name that means none."""
    if upgrade.names and not upgrade.asked:
        raise StopError(f"{listing(upgrade.names)}: names go with --upgrade; a Kairosfile is named with -f")
    found = {name: [it.name for it in locked.wanted.values() if name in it.called] for name in upgrade.names}
    for name, images in found.items():
        if not images:
            known = sorted({word for it in locked.wanted.values() for word in (it.called - {it.name})})
            hint = did_you_mean(name, known) or f"there are {', '.join(known) or 'none'}"
            raise StopError(f'no image that the file names by a tag is called "{name}"; {hint}')
    if upgrade.asked and not upgrade.names:
        return set(locked.wanted)
    return {image for images in found.values() for image in images}


def _look_up(wanted: Iterable[Wanted]) -> dict[str, str] | None:
    """Return the digest of each image; None where one cannot be had: each is told on standard error."""
    asked = list(wanted)
    if not asked:
        return {}
    from kairosfile.cli.registry import look_up  # noqa: PLC0415 - with nothing to ask no library is needed

    answers = look_up([image.name for image in asked])
    for image, answer in zip(asked, answers, strict=True):
        if not isinstance(answer, str):
            sys.stderr.write(f"{image.place}: {image.name} cannot be looked up: {answer}; {answer.advice}\n")
    found = {image.name: answer for image, answer in zip(asked, answers, strict=True) if isinstance(answer, str)}
    return found if len(found) == len(asked) else None


def _write(locked: Locked, images: Mapping[str, str]) -> bool:
    """Write the lock file unless it says that already; tells whether it did."""
    path, content = Path(locked.path), text(Path(locked.file).name, images)
    if locked.lock is not None and path.read_text(encoding="utf-8") == content:
        return False
    try:
        path.write_text(content, encoding="utf-8")
    except OSError as error:
        raise StopError(f"{path} cannot be written: {error.strerror}") from error
    return True


def _entries(locked: Locked, images: Mapping[str, str]) -> Iterator[Entry]:
    """Yield what became of each image."""
    for name in sorted({*images, *locked.digests}):
        was, now = locked.digests.get(name, ""), images.get(name, "")
        result: Result = "dropped" if not now else "added" if not was else "kept" if was == now else "upgraded"
        yield Entry(name, result, now, was, _place(locked, name))


def _held_against(locked: Locked) -> Iterator[Entry]:
    """Yield how each image and each line of the lock file fit."""
    for name in sorted({*locked.wanted, *locked.digests}):
        digest = locked.digests.get(name, "")
        result: Result = "missing" if not digest else "locked" if name in locked.wanted else "unused"
        yield Entry(name, result, digest, digest, _place(locked, name))


def _moved(entry: Entry, found: Mapping[str, str]) -> Entry:
    """Return an entry as what its tag names now has it."""
    digest = found.get(entry.name, entry.digest)
    return entry if digest == entry.digest else entry._replace(result="moved", digest=digest)


def _place(locked: Locked, name: str) -> str:
    if name in locked.wanted:
        return locked.wanted[name].place
    start = locked.lock.places[name].start if locked.lock else None
    return f"{locked.path}:{start.line}:{start.column}" if start else locked.path


def _json(locked: Locked, entries: Iterable[Entry]) -> str:
    return lock_report.json_text(entries, locked.file, locked.path)
