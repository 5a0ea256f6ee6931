"""Which words of a plan become build args of the Dockerfile.

Those that people change from one build to the next, by the names of the generic Kairos Dockerfile, and the Kairosfile's
own args that `run` steps name or images end with. An arg is in the environment of every RUN after it; a step of the
user's own that only mentions such a name is given none by the plan, so the name stays a plain word then.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kairosfile.dockerfile.eject.instructions import quote_value
from kairosfile.language.interpolation import args_named_in, fill_text
from kairosfile.plan.model import AURORABOOT, BASE, KAIROS_INIT, Run
from kairosfile.plan.targets import group

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kairosfile.plan.model import Image, Plan, Step
    from kairosfile.sections.document import Document

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
_OWN = "args."
# The end of a reference in which args are filled as a Dockerfile does it.
_FILLED = re.compile(r"\$\{\w+\}(?:\$\{\w+\}|[\w.:/-])*+")


def arguments(plan: Plan) -> dict[str, str]:
    """Return the args of a plan with the values that they have in it."""
    own = _own_args(plan)
    usual = {name: text for step in plan.steps for name, text in _named(step).items()}
    taken = {name for name, text in usual.items() if own.get(name, text) != text or _is_mentioned(plan, name, own)}
    return {name: text for name, text in {**usual, **own}.items() if name not in taken or name in own}


def own_args(step: Step, given: Mapping[str, str]) -> list[str]:
    """Return the args of the Kairosfile that a step is given and that are args of the Dockerfile."""
    env = dict(step.action.env) if isinstance(step.action, Run) else {}
    names = [field.removeprefix(_OWN) for field in step.fields if field.startswith(_OWN)]
    return [name for name in names if name in given and env.get(name) == given[name]]


def image_text(image: Image, document: Document, given: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Return an image for its ARG: with the Kairosfile's own args where it has them at the end, and their values.

    Args:
        image: An image of the plan.
        document: The Kairosfile.
        given: The other args of the Dockerfile, which an own arg must not change.
    """
    start, end = image.range.start, image.range.end
    line = document.source.line(start.line) if start.line == end.line and not image.range.source else ""
    end_of_it = line[start.column - 1 : end.column - 1].strip("\"'")
    end_of_it = end_of_it[end_of_it.find("$") :] if "$" in end_of_it else ""
    filled, _ = fill_text(end_of_it, document.args)
    used = {name: document.args.get(name, "") for name in args_named_in(end_of_it)}
    is_own = used.keys() <= document.model.args.keys() - IMAGES.values()
    is_same = all(text and given.get(name, text) == text and _is_writable(text) for name, text in used.items())
    if not _FILLED.fullmatch(end_of_it) or not image.reference.endswith(filled) or not (is_own and is_same):
        return quote_value(image.reference), {}
    return image.reference.removesuffix(filled) + end_of_it, used


def places(step: Step, given: Mapping[str, str]) -> dict[int, str]:
    """Return the places of a step's words that an arg fills, with the arg's name."""
    words = step.action.argv if isinstance(step.action, Run) else ()
    flags = _FLAGS.get(group(step), {})
    found = {index + 1: flags[word] for index, word in enumerate(words[:-1]) if word in flags}
    return {index: name for index, name in found.items() if given.get(name) == words[index]}


def _own_args(plan: Plan) -> dict[str, str]:
    """Return the Kairosfile's own args that steps of the image name, where a Dockerfile can hold their values."""
    found: dict[str, str] = {}
    for step in plan.steps:
        if step.id in plan.checks or not isinstance(step.action, Run):
            continue
        env = dict(step.action.env)
        names = [field.removeprefix(_OWN) for field in step.fields if field.startswith(_OWN)]
        found |= {name: env[name] for name in names if name in env and _is_writable(env[name])}
    return {name: text for name, text in found.items() if name not in IMAGES.values()}


def _is_writable(text: str) -> bool:
    try:
        quote_value(text)
    except ValueError:
        return False
    return True


def _named(step: Step) -> dict[str, str]:
    words = step.action.argv if isinstance(step.action, Run) else ()
    flags = _FLAGS.get(group(step), {})
    return {flags[word]: words[index + 1] for index, word in enumerate(words[:-1]) if word in flags}


def _is_mentioned(plan: Plan, name: str, own: Mapping[str, str]) -> bool:
    """Return whether a step that is not given an arg has its name in its text."""
    for step in plan.steps:
        if group(step) in KAIROS_STEPS or not isinstance(step.action, Run) or own_args(step, own).count(name):
            continue
        texts = (*step.action.argv, *dict(step.action.env))
        if any(re.search(rf"\b{name}\b", text) for text in texts):
            return True
    return False
