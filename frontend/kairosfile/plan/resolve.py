"""A document and platforms to plans.

    base -> before_install... -> install -> after_install... -> init -> cloud-config... -> after_init... -> image
                                                                               |-> validate, check, tests... (gates)
                                                                               `-> artifacts, when one is asked for

No file, clock, network or environment is read here: equal documents give equal plans.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.plan import kairos_steps
from kairosfile.plan.artifacts import artifacts, refused
from kairosfile.plan.check_step import check
from kairosfile.plan.cloud_config import cloud_config_steps
from kairosfile.plan.hooks import hook_steps
from kairosfile.plan.image_tests import test_steps
from kairosfile.plan.images import images
from kairosfile.plan.model import BASE, Plan, Step
from kairosfile.spec.checks import platforms as platform_checks
from kairosfile.spec.diagnostics import KairosfileError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kairosfile.spec.document import Document

VERSION_LABEL = "org.opencontainers.image.version"


def resolve(document: Document, platforms: Sequence[str], labels: Mapping[str, str] | None = None) -> list[Plan]:
    """Return the plan of each platform, such as `linux/arm64`; `labels` are added to the image's own.

    Raises KairosfileError where the file cannot be built for one of them.
    """
    documents = document.for_platforms(platforms)
    targets = list(zip(documents, platforms, strict=True))
    faults = [fault for own, platform in targets for fault in platform_checks.faults(own, platform)]
    if faults:
        raise KairosfileError(document.source, faults)
    return [_resolve(own, platform, labels or {}) for own, platform in targets]


def _resolve(document: Document, platform: str, labels: Mapping[str, str]) -> Plan:
    steps: list[Step] = []

    def last() -> str:
        return steps[-1].id if steps else BASE

    steps += hook_steps(document, "before_install", last())
    steps += kairos_steps.binaries(document, last())
    steps.append(kairos_steps.install(document, last()))
    steps += hook_steps(document, "after_install", last())
    steps.append(kairos_steps.init(document, last()))
    steps += cloud_config_steps(document, last())
    steps += hook_steps(document, "after_init", last())
    root = last()
    gates = [kairos_steps.validate(document, root), *check(document, root), *test_steps(document, root)]
    own = {VERSION_LABEL: document.model.version, **document.model.labels, **labels}
    return Plan(
        platform,
        images(document),
        (*steps, *gates),
        root,
        tuple(gate.id for gate in gates),
        labels=tuple(sorted(own.items())),
        annotations=tuple(sorted(document.model.annotations.items())),
        artifacts=artifacts(document, root),
        refused=refused(document),
    )
