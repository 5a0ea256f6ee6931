"""`kairosfile build`: a checked file, its conventional names, and buildx to build it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NamedTuple

from kairosfile import spec
from kairosfile.cli import naming
from kairosfile.cli.attestation_size import SMALLER, advice, refused, without_sbom
from kairosfile.cli.attesting import attestations, scans
from kairosfile.cli.buildx import client, process
from kairosfile.cli.buildx.arguments import HIDDEN, Request, shown
from kairosfile.cli.checking import FAULTY, STANDARD_INPUT, Wishes, context_of
from kairosfile.cli.loading import Loaded, load_all, tell_faults
from kairosfile.cli.revisions import is_revision
from kairosfile.cli.stop import StopError
from kairosfile.cli.syntax_line import with_frontend

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Options of buildx that, given after `--`, are the person's own choice of what this command would choose.
OUTPUTS = {"--push", "--load", "--output", "-o"}
PROGRESS = {"--progress", "--quiet", "-q"}
AUTO, RAW_JSON, PLAIN = "auto", "rawjson", "plain"


class Goods(NamedTuple):
    """What is to come of a build, as the options of the command say it."""

    tags: Sequence[str] = ()
    registry: str = ""
    push: bool = False
    load: bool = False
    outputs: Sequence[str] = ()
    caches: Sequence[str] = ()
    caches_from: Sequence[str] = ()
    caches_to: Sequence[str] = ()
    more: Sequence[str] = ()
    provenance: str | None = None
    sbom: str | None = None


def show(file: str, wishes: Wishes, goods: Goods) -> int:
    """Print the command line that would build; returns the exit status."""
    request = _checked(file, wishes, goods)
    if request is None:
        return FAULTY
    line = shown(request.words())
    sys.stdout.write(line + "\n")
    if HIDDEN in line:
        sys.stderr.write(f"kairosfile: what looks like a secret is shown as {HIDDEN}\n")
    return 0


def build(file: str, wishes: Wishes, goods: Goods, progress: str) -> int:
    """Build a file; returns the exit status of buildx, or that of a file with errors. Raises StopError."""
    request = _checked(file, wishes, goods)
    if request is None:
        return FAULTY
    said: list[str] = []
    status = _run(request, progress, _names(goods.more), said)
    if status:
        _advise(request, said)
    elif request.push and request.tags and scans(request):
        _weigh(request.tags[0])
    return status


def _run(request: Request, progress: str, more: set[str], said: list[str]) -> int:
    """Run buildx; `said` gets what it says in words of its own, where it says that to us."""
    buildx = client.find()
    if progress not in {AUTO, PLAIN} or more & PROGRESS:
        return process.run(request.words("" if progress == AUTO else progress))
    if progress == PLAIN or not _is_live():
        return _plain(request, said)
    if not buildx.has_raw_json:
        first = ".".join(map(str, client.FIRST_WITH_RAW_JSON))
        sys.stderr.write(f"kairosfile: showing buildx's own progress, its JSON needs buildx {first}: {buildx.text}\n")
        return process.run(request.words())
    return _watched(request, said)


def _names(words: Sequence[str]) -> set[str]:
    """Return the options among the words of a command line, without their values."""
    return {word.partition("=")[0] for word in words}


def _plain(request: Request, said: list[str]) -> int:
    """Build with the lines of buildx as they are."""

    def line(text: str) -> None:
        sys.stderr.write(text)
        if not text.startswith("#"):  # what a step prints
            said.append(text)

    return process.run(request.words(PLAIN), line)


def _watched(request: Request, said: list[str]) -> int:
    from kairosfile.cli.buildx.progress import Progress  # noqa: PLC0415 - only a terminal gets the view
    from kairosfile.cli.buildx.view import View  # noqa: PLC0415

    progress = Progress()
    view = View(progress)
    with view:
        status = process.run(request.words(RAW_JSON), progress.feed)
    view.conclude(status, request.tags)
    said += progress.text
    return status


def _advise(request: Request, said: Iterable[str]) -> None:
    """Say what helps against a failure that buildx told of in words of its own."""
    if found := refused(said):
        again = shown(["kairosfile", *without_sbom(sys.argv[1:])])
        sys.stderr.write(advice(found, request.platforms, again, pushing=request.push))


def _weigh(image: str) -> None:
    """Warn of an attestation of what was pushed that the next builder may not take."""
    from kairosfile.cli.weighing import warnings  # noqa: PLC0415 - only a push is looked at

    for text in warnings(image):
        sys.stderr.write(f"kairosfile: {text}\n  -> {SMALLER}\n")


def _is_live() -> bool:
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def _checked(file: str, wishes: Wishes, goods: Goods) -> Request | None:
    """Return the build of a file; None where it has errors, which are printed."""
    if file == STANDARD_INPUT or is_revision(file):
        raise StopError("build takes a file at hand, not standard input and not a revision of a file")
    try:
        images = load_all(file, wishes)
    except spec.KairosfileError as error:
        tell_faults(error)
        return None
    tags = goods.tags if goods.tags or goods.outputs else _conventional(images, goods)
    return _request(file, images, tags, wishes, goods)


def _request(file: str, images: list[Loaded], tags: Sequence[str], wishes: Wishes, goods: Goods) -> Request:
    both = [f"type=registry,ref={reference}" for reference in goods.caches]
    return Request(
        file,
        context_of(file, wishes),
        [image.plan.platform for image in images],
        tags,
        with_frontend(images[0].document.source.text, wishes.build_args),
        goods.outputs,
        [*both, *goods.caches_from],
        [*(f"{cache},mode=max" for cache in both), *goods.caches_to],
        goods.push,
        goods.load or not (goods.push or goods.outputs or _names(goods.more) & OUTPUTS),
        goods.more,
        attestations(goods, wishes.build_args),
    )


def _conventional(images: list[Loaded], goods: Goods) -> list[str]:
    """Return the conventional name; raises StopError where there is none, or none that could be pushed."""
    if len(images) > 1:
        raise StopError("the names that Kairos gives are for one platform each; name an image of several with --tag")
    if goods.push and not goods.registry:
        raise StopError("--push needs to know where to: give --registry HOST/ORG, or --tag")
    try:
        return [one.image("published", goods.registry) for one in naming.names_of(images).values()]
    except StopError as error:
        raise StopError(f"{error}\nOr name the image yourself with --tag.") from error
