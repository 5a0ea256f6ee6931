"""`kairosfile doctor`: the table of its checks, and its report."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kairosfile import spec
from kairosfile.cli.doctor import builder, engine, registries
from kairosfile.cli.doctor.finding import Finding
from kairosfile.cli.doctor.surroundings import Surroundings
from kairosfile.cli.findings import to_json, to_text, worst
from kairosfile.cli.loading import load_all
from kairosfile.cli.syntax_line import FRONTEND, frontend_of
from kairosfile.oci import normalize_reference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from kairosfile.cli.checking import Wishes

SCHEMA = "kairosfile.doctor/1"
SOUND, ILL = 0, 1

# In the order of the report: what others depend on comes first.
CHECKS: tuple[Callable[[Surroundings], Iterable[Finding]], ...] = (
    engine.answers,
    engine.image_store,
    builder.buildx,
    builder.buildkit,
    builder.platforms,
    registries.reachable,
    registries.credentials,
    engine.disk,
    engine.clock,
)
GOOD = "nothing stands against a build"


def show(file: str | None, wishes: Wishes, pushes_to: Sequence[str], form: str) -> int:
    """Print what is found; returns the exit status. Raises StopError for a file that cannot be read."""
    surroundings, findings = _needs(file, wishes, [host.partition("/")[0] for host in pushes_to])
    for check in CHECKS:
        findings += check(surroundings)
    sys.stdout.write(to_json(SCHEMA, findings) if form == "json" else to_text(findings, GOOD))
    return ILL if worst(findings) == "error" else SOUND


def _needs(file: str | None, wishes: Wishes, pushes_to: list[str]) -> tuple[Surroundings, list[Finding]]:
    """Return what the build of a file needs, or what most builds need where there is no file."""
    platforms, images, findings = list(wishes.platforms), [FRONTEND, "docker.io"], []
    if file or Path("Kairosfile").exists():
        name = file or "Kairosfile"
        try:
            platforms, images = _of_file(name, wishes)
            findings = [Finding("kairosfile", "ok", f"{name} has no errors")]
        except spec.KairosfileError as error:
            advice = " ".join(["kairosfile check", *(f"--platform {platform}" for platform in platforms), name])
            findings = [Finding("kairosfile", "error", f"{name} has errors ({len(error.diagnostics)})", advice)]
    hosts = [image.partition("/")[0] for image in images]
    return Surroundings(platforms, sorted({*hosts, *pushes_to}), pushes_to), findings


def _of_file(file: str, wishes: Wishes) -> tuple[list[str], list[str]]:
    """Return the platforms of a file and the images that its build pulls, with their registries."""
    loaded = load_all(file, wishes)
    frontend = frontend_of(loaded[0].document.source.text) or FRONTEND
    images = {frontend, *(image.reference for one in loaded for image in one.plan.images)}
    return [one.plan.platform for one in loaded], sorted(map(normalize_reference, images))
