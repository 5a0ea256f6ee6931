"""What is looked at in the evidence of one platform, by itself and against a Kairosfile at hand."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, NamedTuple

from kairosfile.cli.doctor.finding import Finding
from kairosfile.plan.image import BASE_DIGEST_LABEL, BASE_NAME_LABEL
from kairosfile.plan.resolve import VERSION_LABEL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from kairosfile.cli.verify.evidence import Evidence
    from kairosfile.cli.verify.provenance import Provenance

REBUILD = "build it with --provenance=mode=max, as `kairosfile build --push` does"


class Local(NamedTuple):
    """A Kairosfile at hand: its name, its text, the labels of its image, and what /etc/kairos-release is to say.

    `included` has the texts of the files that it includes, by their names.
    """

    file: str
    text: str
    labels: Mapping[str, str]
    release: Mapping[str, str]
    included: Mapping[str, str] = {}


def labels(found: Evidence, local: Local | None) -> Iterator[Finding]:
    """The image says its version and its base, and those of the file at hand."""
    for label, what in ((VERSION_LABEL, "version"), (BASE_NAME_LABEL, "base"), (BASE_DIGEST_LABEL, "base's digest")):
        value = found.labels.get(label)
        if value is None:
            advice = "was it built from a Kairosfile? its frontend writes the label"
            yield Finding("labels", "warning", f"{found.platform}: no label {label}", advice)
        else:
            yield Finding("labels", "ok", f"{found.platform}: {what} {value}")
    if local:
        yield from _differing(found, local)


def _differing(found: Evidence, local: Local) -> Iterator[Finding]:
    for label, value in sorted(local.labels.items()):
        said = found.labels.get(label)
        if said != value:
            message = f"{found.platform}: the label {label} is {said or 'missing'}, {local.file} says {value}"
            yield Finding("labels", "error", message, "give the build args that the image was built with")


def provenance(found: Evidence, local: Local | None) -> Iterator[Finding]:
    """There is provenance, which names the base that the label names, and holds the Kairosfile at hand."""
    made = found.provenance
    if made is None:
        yield Finding("provenance", "warning", f"{found.platform}: there is none", REBUILD)
        return
    told = f"made from {made.file or 'an unknown file'} and {len(made.materials)} images or files"
    yield Finding("provenance", "ok", f"{found.platform}: {told}")
    digest = found.labels.get(BASE_DIGEST_LABEL)
    if digest and digest not in made.materials:
        message = f"{found.platform}: the base's digest in the label, {digest}, is none that the build used"
        yield Finding("provenance", "error", message, "do not trust the labels of this image")
    if local:
        yield from _kairosfile(found.platform, made, local)


def _kairosfile(platform: str, made: Provenance, local: Local) -> Iterator[Finding]:
    if made.kairosfile is None:
        message = f"{platform}: it does not hold the Kairosfile, to be compared with {local.file}"
        yield Finding("kairosfile", "warning", message, REBUILD)
        return
    yield _compared(platform, local.file, made.kairosfile, local.text)
    for name in sorted(local.included.keys() & made.included.keys()):
        yield _compared(platform, name, made.included[name], local.included[name])


def _compared(platform: str, name: str, text: str, here: str) -> Finding:
    if text == here:
        return Finding("kairosfile", "ok", f"{platform}: made from {name} as it is here")
    differing = [it for it in difflib.ndiff(text.splitlines(), here.splitlines()) if it[0] in "+-"]
    shown = f"{len(differing)} lines differ, such as {differing[0]}" if differing else "its end differs"
    message = f"{platform}: made from another file than {name}: {shown}"
    return Finding("kairosfile", "error", message, "check out the commit that the image was built of")


def sbom(found: Evidence, _: Local | None) -> Iterator[Finding]:
    """There is a list of what is inside."""
    if found.sbom:
        yield Finding("sbom", "ok", f"{found.platform}: {found.packages} packages, SPDX")
    else:
        advice = "build it with --sbom=true, as `kairosfile build --push` does"
        yield Finding("sbom", "warning", f"{found.platform}: there is none", advice)


CHECKS: tuple[Callable[[Evidence, Local | None], Iterator[Finding]], ...] = (labels, provenance, sbom)
