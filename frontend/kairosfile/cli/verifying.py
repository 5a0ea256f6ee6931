"""`kairosfile verify`: the evidence of an image in a registry, held against itself and a Kairosfile at hand."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

from kairosfile import spec
from kairosfile.cli.checking import FAULTY, Wishes
from kairosfile.cli.doctor.finding import Finding
from kairosfile.cli.findings import to_json, to_text, worst
from kairosfile.cli.loading import Loaded, load_all, tell_faults
from kairosfile.cli.verify.attestations import SIZE, attestations
from kairosfile.cli.verify.checks import CHECKS, Local
from kairosfile.cli.verify.evidence import fetch
from kairosfile.cli.verify.release import expected, releases
from kairosfile.cli.verify.signature import signature

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kairosfile.cli.verify.evidence import Pushed
    from kairosfile.spec.nodes import Node

SCHEMA = "kairosfile.verify/1"
GOOD = "the image is what it claims to be, as far as there is evidence"
SOUND, UNSOUND = 0, 1


class Against(NamedTuple):
    """What evidence is held against: a Kairosfile with build args, a public key; None for neither."""

    file: str | None = None
    wishes: Wishes = Wishes({}, ())
    key: str | None = None


def show(image: str, against: Against, form: str, *, strict: bool) -> int:
    """Print what is found; returns the exit status. Raises StopError for an image that cannot be looked up."""
    pushed = fetch(image)
    try:
        local = _local(against.file, against.wishes, pushed) if against.file else {}
    except spec.KairosfileError as error:
        tell_faults(error)
        return FAULTY
    platforms = [one.platform for one in pushed.platforms]
    findings = [Finding("image", "ok", f"{pushed.digest}, {', '.join(platforms)}")]
    for one in pushed.platforms:
        findings += [finding for check in CHECKS for finding in check(one, local.get(one.platform))]
    findings += [*attestations(image, pushed.digest), *releases(image, pushed, local)]
    findings.append(signature(image, pushed.digest, against.key))
    sys.stdout.write(to_json(SCHEMA, findings) if form == "json" else to_text(findings, GOOD))
    return SOUND if _passes(findings, strict=strict) else UNSOUND


def _passes(findings: Iterable[Finding], *, strict: bool) -> bool:
    """Tell whether an image passes. Evidence that is large is there, so its size is nothing to fail for."""
    counted = worst(one for one in findings if one.check != SIZE)
    return counted not in ({"error", "warning"} if strict else {"error"})


def _local(file: str, wishes: Wishes, pushed: Pushed) -> dict[str, Local]:
    """Return the file at hand on each platform of the image."""
    loaded = load_all(file, wishes._replace(platforms=[one.platform for one in pushed.platforms]))
    return {it.plan.platform: _at_hand(file, it) for it in loaded}


def _at_hand(file: str, it: Loaded) -> Local:
    document = it.document
    included = dict(_included(document.root))
    return Local(file, document.source.text, dict(it.plan.labels), expected(document.model), included)


def _included(node: Node) -> Iterator[tuple[str, str]]:
    """Yield the names and texts of the included files that a tree has values of, once and again."""
    if node.range.source:
        yield node.range.source.filename, node.range.source.text
    for child in (*node.fields.values(), *node.items):
        yield from _included(child)
