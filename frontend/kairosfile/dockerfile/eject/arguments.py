"""Which words of a plan become build args of the Dockerfile, by the names of the generic Kairos Dockerfile.

Those that people change from one build to the next, and only where another value leaves the rest of the plan as it is.
An arg is in the environment of every RUN after it, which a step of the plan's is not given: so a name that a step of
the user's own mentions stays a plain word.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kairosfile.plan.model import AURORABOOT, BASE, KAIROS_INIT, Run

if TYPE_CHECKING:
    from kairosfile.plan.model import Plan, Step

BASE_IMAGE = "BASE_IMAGE"
KAIROS_INIT_IMAGE = "KAIROS_INIT_IMAGE"
AURORABOOT_IMAGE = "AURORABOOT_IMAGE"
IMAGES = {BASE: BASE_IMAGE, KAIROS_INIT: KAIROS_INIT_IMAGE, AURORABOOT: AURORABOOT_IMAGE}
VERSION = "VERSION"
KAIROS_STEPS = ("install", "init", "validate", "check")

_FLAGS = {
    "install": {
        "-m": "MODEL",
        "-f": "FRAMEWORK_VERSION",
        "--k8sversion": "KUBERNETES_VERSION",
        "--provider-k3s-version": "KUBERNETES_VERSION",
        "--provider-k0s-version": "KUBERNETES_VERSION",
    },
    "init": {"-m": "MODEL", "-f": "FRAMEWORK_VERSION", "--version": VERSION},
}


def arguments(plan: Plan) -> dict[str, str]:
    """Return the args of a plan with the values that they have in it."""
    return {name: text for step in plan.steps for name, text in _named(step).items() if not _is_taken(plan, name)}


def places(step: Step, given: dict[str, str]) -> dict[int, str]:
    """Return the places of a step's words that an arg fills, with the arg's name."""
    words = step.action.argv if isinstance(step.action, Run) else ()
    flags = _FLAGS.get(step.id, {})
    found = {index + 1: flags[word] for index, word in enumerate(words[:-1]) if word in flags}
    return {index: name for index, name in found.items() if name in given}


def _named(step: Step) -> dict[str, str]:
    words = step.action.argv if isinstance(step.action, Run) else ()
    flags = _FLAGS.get(step.id, {})
    return {flags[word]: words[index + 1] for index, word in enumerate(words[:-1]) if word in flags}


def _is_taken(plan: Plan, name: str) -> bool:
    own = [step.action for step in plan.steps if step.id not in KAIROS_STEPS]
    texts = [text for run in own if isinstance(run, Run) for text in (*run.argv, *dict(run.env))]
    return any(re.search(rf"\b{name}\b", text) for text in texts)
