"""A document and platforms to plans.

    base -> before_install... -> install -> after_install... -> init -> cloud-config... -> after_init... -> image
                                                                               |-> validate, check, tests... (gates)
                                                                               `-> artifacts, when one is asked for

No file, clock, network or environment is read here: equal documents give equal plans.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.plan import kairos_steps
from kairosfile.plan.check_step import check
from kairosfile.plan.cloud_config import cloud_config_steps
from kairosfile.plan.hooks import hook_steps
from kairosfile.plan.images import images
from kairosfile.plan.model import BASE, Plan, Step
from kairosfile.spec.checks import platforms as platform_checks
from kairosfile.spec.diagnostics import KairosfileError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kairosfile.spec.document import Document

VERSION_LABEL = "org.opencontainers.image.version"


def resolve(
    document: Document, platforms: Sequence[str], labels: Mapping[str, str] | None = None, *, artifacts: bool = True
) -> list[Plan]:
    """Return the plan of each platform, such as `linux/arm64`; `labels` are added to the image's own.

    Without `artifacts` it is that of the image alone, as most builds want it: what can be made of it is not worked out.
    Raises KairosfileError where the file cannot be built for one of them.
    """
    documents = document.for_platforms(platforms)
    targets = list(zip(documents, platforms, strict=True))
    faults = [fault for own, platform in targets for fault in platform_checks.faults(own, platform)]
    if faults:
        raise KairosfileError(document.source, faults)
    plans = [_image(own, platform, labels or {}) for own, platform in targets]
    return [_with_artifacts(own, plan) for own, plan in zip(documents, plans, strict=True)] if artifacts else plans


def _image(document: Document, platform: str, labels: Mapping[str, str]) -> Plan:
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
    gates = [kairos_steps.validate(document, root), *check(document, root), *_tests(document, root)]
    own = {VERSION_LABEL: document.model.version, **document.model.labels, **labels}
    return Plan(
        platform,
        images(document),
        (*steps, *gates),
        root,
        tuple(gate.id for gate in gates),
        labels=tuple(sorted(own.items())),
        annotations=tuple(sorted(document.model.annotations.items())),
    )


def _tests(document: Document, root: str) -> list[Step]:
    if not document.model.tests:
        return []
    from kairosfile.plan.image_tests import test_steps  # noqa: PLC0415 - few files have tests

    return test_steps(document, root)


def _with_artifacts(document: Document, plan: Plan) -> Plan:
    from kairosfile.plan.artifacts import artifacts, refused  # noqa: PLC0415 - most builds are of the image

    return plan._replace(artifacts=artifacts(document, plan.root), refused=refused(document))
