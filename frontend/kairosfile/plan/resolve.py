"""Resolve a document and platforms to plans.

    base -> before_install... -> install -> after_install... -> init -> cloud-config... -> after_init... -> image
                                                                               |-> validate, check, tests... (checks)
                                                                               `-> artifacts, when one is requested

Reads no file, clock, network or environment: equal documents give equal plans.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.language.diagnostics import KairosfileError
from kairosfile.plan import kairos
from kairosfile.plan.install import install
from kairosfile.plan.kairos import check
from kairosfile.plan.model import BASE, Plan, Step
from kairosfile.sections.document import images
from kairosfile.sections.hooks.steps import hook_steps
from kairosfile.sections.image import bases as platform_checks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kairosfile.sections.document import Document

VERSION_LABEL = "org.opencontainers.image.version"


def resolve(
    document: Document, platforms: Sequence[str], labels: Mapping[str, str] | None = None, *, artifacts: bool = True
) -> list[Plan]:
    """Return the plan of each platform.

    Args:
        document: A checked document.
        platforms: Platforms such as `linux/arm64`.
        labels: Labels of the request, added to the image's own.
        artifacts: Whether the plan includes the steps of artifacts; most builds need only the image.

    Returns:
        The plans in the order of `platforms`.

    Raises:
        KairosfileError: The file cannot be built for one of the platforms.
    """
    documents = document.for_platforms(platforms)
    targets = list(zip(documents, platforms, strict=True))
    diagnostics = [diagnostic for own, platform in targets for diagnostic in platform_checks.diagnostics(own, platform)]
    if diagnostics:
        raise KairosfileError(document.source, diagnostics)
    plans = [_image(own, platform, labels or {}) for own, platform in targets]
    return [_with_artifacts(own, plan) for own, plan in zip(documents, plans, strict=True)] if artifacts else plans


def _image(document: Document, platform: str, labels: Mapping[str, str]) -> Plan:
    steps: list[Step] = []

    def last() -> str:
        return steps[-1].id if steps else BASE

    steps += hook_steps(document, "before_install", last())
    if document.model.convert:
        steps += install(document, last())
    steps += hook_steps(document, "after_install", last())
    if document.model.convert:
        steps.append(kairos.init(document, last()))
    steps += _cloud_configs(document, last())
    steps += hook_steps(document, "after_init", last())
    root = last()
    own_checks = [kairos.validate(document, root), *check(document, root)] if document.model.convert else []
    checks = [*own_checks, *_tests(document, root)]
    own = {VERSION_LABEL: document.model.version, **document.model.labels, **labels}
    return Plan(
        platform,
        images(document),
        (*steps, *checks),
        root,
        tuple(step.id for step in checks),
        labels=tuple(sorted(own.items())),
        annotations=tuple(sorted(document.model.annotations.items())),
        one_layer=document.model.image.layers == "one",
    )


def _cloud_configs(document: Document, start: str) -> list[Step]:
    if not document.model.cloud_config:
        return []
    from kairosfile.sections.cloud_config.steps import cloud_config_steps  # noqa: PLC0415 - many files have none

    return cloud_config_steps(document, start)


def _tests(document: Document, root: str) -> list[Step]:
    if not document.model.tests:
        return []
    from kairosfile.sections.image_tests.steps import test_steps  # noqa: PLC0415 - few files have tests

    return test_steps(document, root)


def _with_artifacts(document: Document, plan: Plan) -> Plan:
    from kairosfile.sections.artifacts.steps import artifacts, refused  # noqa: PLC0415 - most builds are of the image

    return plan._replace(artifacts=artifacts(document, plan.root), refused=refused(document))
