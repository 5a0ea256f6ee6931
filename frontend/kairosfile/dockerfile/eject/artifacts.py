"""The artifacts of a plan as stages: a target for each that the file asks for.

    image -> auroraboot-iso -> iso-files -> iso

The middle ones run AuroraBoot and name what it made; the last one has those files and nothing else. As they start from
the image, its gates gate them too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.dockerfile.eject import comments
from kairosfile.dockerfile.eject.arguments import AURORABOOT_IMAGE
from kairosfile.dockerfile.eject.instructions import instruction
from kairosfile.dockerfile.eject.lowering import IMAGE, NOTHING, files_of
from kairosfile.kairos.auroraboot import OUTPUT
from kairosfile.plan.model import AURORABOOT
from kairosfile.plan.targets import ARTIFACTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kairosfile.plan.model import Artifact, Plan

UKI = "uki"
ROOT = "0:0"  # by number: a name would be looked up in a file that an image of one program may lack


def stages(plan: Plan, file: str) -> Iterator[str]:
    """Yield what is written of the artifacts of a lowered plan, nothing where it has none."""
    if not plan.artifacts:
        return
    yield _auroraboot(plan)
    results = {result for made in plan.artifacts for result in made.results}
    for step in {step.id: step for made in plan.artifacts for step in made.steps}.values():
        stage = files_of(step.id) if step.id in results else step.id
        yield "\n".join([f"FROM {AURORABOOT} AS {stage}", comments.of_step(step, file), instruction(step, {})])
    for made in plan.artifacts:
        yield _target(made.name, made.description, [made])
    if wanted := [made for made in plan.artifacts if not made.entitlement]:
        yield _target(ARTIFACTS, ", ".join(made.name for made in wanted), wanted)
    yield f"# What is built without --target.\nFROM {IMAGE}"


def _auroraboot(plan: Plan) -> str:
    """A UKI is signed for the processor that AuroraBoot runs on; the rest is made for any without emulation."""
    is_signed = any(made.name == UKI for made in plan.artifacts)
    platform = "" if is_signed else "--platform=${BUILDPLATFORM} "
    return "\n".join(
        [
            comments.block(comments.ARTIFACTS),
            f"FROM {platform}${{{AURORABOOT_IMAGE}}} AS {AURORABOOT}",
            f"USER {ROOT}",
            f"WORKDIR {OUTPUT}",
            "WORKDIR /",
            f"FROM scratch AS {NOTHING}",
        ]
    )


def _target(name: str, what: str, made: Sequence[Artifact]) -> str:
    """Return the stage of a target; its comment is what `docker buildx build --call targets` says of it."""
    results = dict.fromkeys(result for each in made for result in each.results)
    copies = [f"COPY --from={files_of(result)} {OUTPUT}/ /" for result in results]
    return "\n".join([f"# {name} makes {what}", f"FROM scratch AS {name}", *copies])
