"""A document and platforms to plans.

    base -> before_install... -> install -> after_install... -> init -> after_init... -> image
                                                                               `-> validate (a gate)

No file, clock, network or environment is read here: equal documents give equal plans.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.kairos.names import MODEL_ARCHITECTURE, MODELS_FOR_ANY_PLATFORM
from kairosfile.kairos.releases import image_of
from kairosfile.llb.reference import normalize_reference
from kairosfile.plan import kairos_steps
from kairosfile.plan.hooks import hook_steps
from kairosfile.plan.model import BASE, KAIROS_INIT, Image, Plan, Step
from kairosfile.spec import rules
from kairosfile.spec.diagnostics import Diagnostic, KairosfileError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kairosfile.spec.document import Document

VERSION_LABEL = "org.opencontainers.image.version"


def resolve(document: Document, platforms: Sequence[str], labels: Mapping[str, str] | None = None) -> list[Plan]:
    """Return the plan of each platform, such as `linux/arm64`; `labels` are added to the image's own.

    Raises KairosfileError where the file cannot be built for one of them.
    """
    faults = [fault for platform in platforms for fault in _platform_faults(document, platform)]
    if faults:
        raise KairosfileError(document.source, faults)
    return [_resolve(document, platform, labels or {}) for platform in platforms]


def _resolve(document: Document, platform: str, labels: Mapping[str, str]) -> Plan:
    steps: list[Step] = []

    def last() -> str:
        return steps[-1].id if steps else BASE

    steps += hook_steps(document, "before_install", last())
    steps.append(kairos_steps.install(document, last()))
    steps += hook_steps(document, "after_install", last())
    steps.append(kairos_steps.init(document, last()))
    steps += hook_steps(document, "after_init", last())
    root = last()
    gate = kairos_steps.validate(document, root)
    own = {VERSION_LABEL: document.model.version, **labels}
    return Plan(platform, _images(document), (*steps, gate), root, (gate.id,), tuple(sorted(own.items())))


def _images(document: Document) -> tuple[Image, ...]:
    base = normalize_reference(document.model.base)
    kairos_init = normalize_reference(image_of(document.model.kairos_init))
    return (
        Image(BASE, base, document.range("base")),
        Image(KAIROS_INIT, kairos_init, document.range("kairos_init")),
    )


def _platform_faults(document: Document, platform: str) -> list[Diagnostic]:
    """Boards have one architecture; kairos-init checks that only from v0.16.2, older ones build what cannot boot."""
    model, architecture = document.model.model, platform.split("/")[1]
    if model in MODELS_FOR_ANY_PLATFORM or architecture == MODEL_ARCHITECTURE:
        return []
    message = f"the model {model} needs linux/{MODEL_ARCHITECTURE}, this build is for {platform}"
    hint = f"build it with --platform linux/{MODEL_ARCHITECTURE}, or make the model generic"
    return [document.fault(rules.MODEL_PLATFORM, ("model",), message, hint)]
