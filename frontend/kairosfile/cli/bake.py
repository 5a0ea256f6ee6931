"""The images of a matrix as targets and groups of `docker buildx bake`, and the steps that they share.

A target is named after its image, without the version, so that CI can use a stable name. The names include the
provider's release if the matrix has several of one provider.

A combination can be built if the file, loaded with its build args, has no errors.

All targets inherit their common fields from `_common`. Each target writes a separate cache, because two targets with
one cache would overwrite each other. It reads this cache, the one of the first target with its base, platform and
model, whose parts of install may be the same, and the one of the first target with its base and platform, whose steps
before install are the same.

Bake reads strings as templates, also in JSON: texts that look like one are escaped.

A builder runs a shared step once. Two images share a step if it has the same cache key, and so the same operation
after the same steps on the same base and platform. Contents are not compared: a different step with the same result
counts as a separate one.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from kairosfile import sections
from kairosfile.cli.commands.name import TAG_STYLES, named
from kairosfile.cli.errors import CliError
from kairosfile.cli.load import LoadOptions, context_of, files_of, for_board, lock_of
from kairosfile.cli.syntax_line import with_frontend
from kairosfile.language import KairosfileError
from kairosfile.oci import normalize_reference
from kairosfile.plan.offline import keys
from kairosfile.plan.resolve import resolve
from kairosfile.sections.image import bases as platform_checks
from kairosfile.sections.matrix import checks as combining
from kairosfile.untrusted import printable_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kairosfile.cli.commands.name import Named, TagStyle
    from kairosfile.language import Diagnostic
    from kairosfile.sections import Document
    from kairosfile.sections.matrix.checks import Combination
    from kairosfile.sections.matrix.records import Matrix


MOST = 1000  # combinations of a matrix
DEFAULT = "default"
COMMON = "_common"
BOTH = "both"
TITLE, BASE_NAME = "org.opencontainers.image.title", "org.opencontainers.image.base.name"

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_-]")
_TEMPLATE = re.compile(r"([$%])(?=\{)")


@dataclass(frozen=True, slots=True)
class Target:
    """An image with the parts of its name, and the name of its target."""

    name: str
    image: Image
    parts: Named

    @property
    def start(self) -> tuple[str, str]:
        """The inputs of the steps before install: the base and the platform."""
        document = self.image.document
        return document.model.base, document.platform

    @property
    def starts(self) -> list[tuple[str, ...]]:
        """The inputs of steps that targets may share, the longest first: packages and kernel read the model."""
        return [(*self.start, self.parts.model), self.start]


def targets_of(images: Iterable[Image]) -> list[Target]:
    """Return the targets of images; raises CliError if one has no name, or two have the same."""
    parts = [(image, named(image.document, image.document.platform)) for image in images]
    releases = {(one.provider, one.provider_version) for _, one in parts}
    providers = [name for name, _ in releases]
    targets: dict[str, Target] = {}
    for image, own in parts:
        target = Target(_name(own, with_release=providers.count(own.provider) > 1), image, own)
        first = targets.setdefault(target.name, target)
        if first is not target:
            bases = f"{first.start[0]} and {target.start[0]}"
            raise CliError(f"{bases} would both be named {own.image('published')}; exclude one of them")
    return list(targets.values())


def groups_of(targets: Sequence[Target]) -> dict[str, list[str]]:
    """Return the group of all targets, and one for each distinguishing word: `ubuntu`, `core`, `rpi4`, ..."""
    groups: dict[str, list[str]] = {}
    for target in targets:
        for word in _group_names(target.parts):
            groups.setdefault(word, []).append(target.name)
    dividing = {word: names for word, names in sorted(groups.items()) if len(names) < len(targets)}
    dividing.pop(DEFAULT, None)
    return {DEFAULT: [target.name for target in targets], **dividing}


def _group_names(one: Named) -> set[str]:
    flavor = one.flavor.repository
    names = (flavor, f"{flavor}-{one.flavor.release}", one.variant, one.architecture, one.model, one.provider)
    return {_plain(word) for word in names if word}


def _name(one: Named, *, with_release: bool) -> str:
    flavor = one.flavor
    parts = [flavor.repository, flavor.release, one.variant, one.architecture, one.model, one.provider]
    return _plain("-".join(part for part in [*parts, one.provider_version if with_release else ""] if part))


def _plain(text: str) -> str:
    return _NOT_IN_A_NAME.sub("-", text)


@dataclass(frozen=True, slots=True)
class Image:
    """A combination that can be built, and the file loaded for it."""

    combination: Combination
    document: Document


@dataclass(frozen=True, slots=True)
class Refused:
    """A combination that the checks refuse, with the first of their reasons."""

    combination: Combination
    diagnostic: Diagnostic


@dataclass(frozen=True, slots=True)
class MatrixImages:
    """The images and the refused combinations of a matrix."""

    images: list[Image]
    refused: list[Refused]


def find(file: str, document: Document, matrix: Matrix, load_options: LoadOptions) -> MatrixImages:
    """Load a file once for each combination of a matrix; raises CliError for too many."""
    matrix_images, files, lock = MatrixImages([], []), files_of(file, load_options), lock_of(file)
    for one, platform in _combinations(document, matrix).items():
        own = LoadOptions({**load_options.build_args, **one.build_args}, [platform], load_options.context)
        try:
            checked = sections.read(document.source, own.build_args, platforms=own.platforms, files=files, lock=lock)
            diagnostics = platform_checks.diagnostics(checked, platform)
        except KairosfileError as error:
            diagnostics = list(error.diagnostics)
        if diagnostics:
            matrix_images.refused.append(Refused(one, diagnostics[0]))
        else:
            matrix_images.images.append(Image(one, checked))
    return matrix_images


def _combinations(document: Document, matrix: Matrix) -> dict[Combination, str]:
    """Return the distinct combinations with their platforms: without a list that of the board."""
    every: dict[Combination, str] = {}
    for one in combining.combinations(matrix):
        platform = one.platform or for_board(one.model or document.model.model)
        every[one._replace(platform=platform)] = platform
        if len(every) > MOST:
            raise CliError(f"this matrix has more than {MOST} combinations; exclude some, or bake parts of it")
    return every


@dataclass(frozen=True, slots=True)
class BakeOptions:
    """The command-line options for all targets of the bake file."""

    registry: str
    tag_styles: Sequence[TagStyle]
    cache: str
    labels: Mapping[str, str]

    @classmethod
    def parse(cls, registry: str, tag_style: str, cache: str, labels: Iterable[str]) -> Self:
        """Return the parsed options; raises CliError."""
        tag_styles = [one for one in TAG_STYLES if tag_style in {one, BOTH}]
        return cls(registry, tag_styles, cache, dict(map(_label, labels)))


def render(
    file: str,
    targets: Sequence[Target],
    load_options: LoadOptions,
    bake_options: BakeOptions,
    shards: Mapping[str, list[str]],
) -> str:
    """Return the definition as text; `shards` are further groups, the names of targets by their names."""
    firsts: dict[tuple[str, ...], str] = {}
    definition = {COMMON: _common(file, targets[0], load_options, bake_options)}
    for target in targets:
        shared = [firsts.setdefault(start, target.name) for start in target.starts]
        definition[target.name] = _target(target, shared, bake_options)
    groups = {name: {"targets": names} for name, names in {**groups_of(targets), **shards}.items()}
    return printable_json(_escaped({"group": groups, "target": definition}))


def _common(file: str, target: Target, load_options: LoadOptions, bake_options: BakeOptions) -> dict[str, Any]:
    context = context_of(file, load_options)
    return _without_empty(
        {
            "context": context,
            "dockerfile": os.path.relpath(file, context),
            "args": with_frontend(target.image.document.source.text, load_options.build_args),
            "labels": dict(bake_options.labels),
        }
    )


def _target(target: Target, shared: Iterable[str], bake_options: BakeOptions) -> dict[str, Any]:
    names = dict.fromkeys((target.name, *shared))
    caches = [_cache(bake_options.cache, name) for name in names if bake_options.cache]
    return _without_empty(
        {
            "inherits": [COMMON],
            "args": target.image.combination.build_args,
            "platforms": [target.image.document.platform],
            "tags": list(
                dict.fromkeys(target.parts.image(style, bake_options.registry) for style in bake_options.tag_styles)
            ),
            "labels": _labels(target, bake_options),
            "cache-from": caches,
            "cache-to": [f"{cache},mode=max" for cache in caches[:1]],
        }
    )


def _labels(target: Target, bake_options: BakeOptions) -> dict[str, str]:
    """Return the labels of one image; those of the file and of the command line outrank them."""
    model = target.image.document.model
    own = {TITLE: target.parts.image(TAG_STYLES[0]), BASE_NAME: normalize_reference(model.base)}
    return {key: value for key, value in own.items() if key not in model.labels and key not in bake_options.labels}


def _cache(repository: str, name: str) -> str:
    return f"type=registry,ref={repository}:{name}"


def _without_empty(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value}


def _escaped(value: Any) -> Any:  # noqa: ANN401 - JSON nests anything
    if isinstance(value, dict):
        return {_escaped(key): _escaped(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_escaped(item) for item in value]
    return _TEMPLATE.sub(r"\1\1", value)


def _label(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise CliError(f'--label "{text}" is not KEY=VALUE')
    return key, value


@dataclass(frozen=True, slots=True)
class SharedStep:
    """A step by its id, the number of images with it, and the number of runs for all of them."""

    id: str
    images: int
    runs: int


def step_keys(image: Image) -> dict[str, str]:
    """Return the cache keys of the steps of an image, by their ids."""
    (plan,) = resolve(image.document, [image.document.platform], artifacts=False)
    return {step: key.whole for step, key in keys(plan).items()}


def shared_steps(images: Iterable[Image]) -> list[SharedStep]:
    """Return the steps of the images, in their order."""
    every = [step_keys(image) for image in images]
    users: dict[str, list[str]] = {}
    for one in every:
        for step, key in one.items():
            users.setdefault(step, []).append(key)
    order = _merged([*one] for one in every)
    return [SharedStep(step, len(users[step]), len(set(users[step]))) for step in order]


def _merged(lists: Iterable[Sequence[str]]) -> list[str]:
    """Return the distinct words of the lists: a new one is inserted after its predecessor in its list."""
    merged: list[str] = []
    for words in lists:
        index = 0
        for word in words:
            if word not in merged:
                merged.insert(index, word)
            index = merged.index(word) + 1
    return merged


def sharing_report(images: Sequence[Image]) -> str:
    """Return a text with the number of runs of each step of the images."""
    steps = shared_steps(images)
    total, runs = sum(step.images for step in steps), sum(step.runs for step in steps)
    width = max(len("step"), *(len(step.id) for step in steps))
    head = f"{len(images)} images have {total} steps; one builder runs {runs} of them, because images share the others"
    rows = [f"  {step.id:<{width}}  {step.images:>6}  {step.runs:>5}" for step in steps]
    return "\n".join([head, "", f"  {'step':<{width}}  {'images':>6}  {'runs':>5}", *rows]) + "\n"
