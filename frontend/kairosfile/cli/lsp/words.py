"""The words that are known for a value or a key, by its path: boards, releases, steps of kairos-init, files.

What is a choice in the model comes from the model; the tables here are the ones that its types cannot hold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args, get_origin

from pydantic import ValidationError

from kairosfile.cli.lsp.places import ANY, CONTEXT_FILES, CONTEXT_FOLDERS, matches
from kairosfile.kairos import proposals
from kairosfile.kairos.commands import dialect_of
from kairosfile.kairos.environment import VARIABLES
from kairosfile.kairos.names import MODEL_ARCHITECTURE, MODELS_FOR_ANY_PLATFORM, PROVIDER_VERSIONS, UNPINNED
from kairosfile.kairos.releases import LAST_OF_SERIES, NEWEST, Release, release
from kairosfile.kairos.skip_steps import steps_of
from kairosfile.spec import rules
from kairosfile.spec.cloud_config import KEYS
from kairosfile.spec.interpolation import PLATFORM_ARGS
from kairosfile.spec.model import KairosInit
from kairosfile.spec.model.kairos_init import tool_from_text
from kairosfile.spec.platforms import KNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kairosfile.cli.lsp.buffers import BufferFiles
    from kairosfile.cli.lsp.outline import Outline
    from kairosfile.spec.nodes import Path


class Word(NamedTuple):
    """A word that may stand somewhere, and what to know of it in a few others."""

    text: str
    detail: str = ""


class Around(NamedTuple):
    """What a word is chosen by: the file around it, the build context, the path of its place."""

    outline: Outline
    files: BufferFiles | None
    path: Path
    typed: str = ""


def choices(types: Iterable[Any]) -> list[Word]:
    """Return the words that the types of a value name."""
    found: list[Word] = []
    for kind in types:
        if get_origin(kind) is Literal:
            found += [Word(word) for word in get_args(kind)]
        elif kind is bool:
            found += [Word("true"), Word("false")]
    return found


def values(around: Around) -> list[Word]:
    """Return the known values of a place that is no choice of the model's."""
    return next((known(around) for pattern, known in VALUES if matches(around.path, pattern)), [])


def keys(around: Around) -> list[Word]:
    """Return the known keys of a mapping that may have any."""
    return next((known(around) for pattern, known in KEYS_OF if matches(around.path, pattern)), [])


def args(outline: Outline) -> list[Word]:
    """Return the names that ${NAME} can have."""
    declared = [Word(name, outline.text("args", name) or "given by --build-arg") for name in outline.keys(("args",))]
    return [*declared, *(Word(name, "set by the platform") for name in PLATFORM_ARGS)]


def silenceable(_: object = None) -> list[Word]:
    """Return the rules that a file can silence."""
    return [Word(rule.id, f"{rule.name}: {rule.summary}") for rule in rules.warnings()]


def release_of(outline: Outline) -> Release:
    """Return the kairos-init that a file chose, the newest where that cannot be told."""
    written = outline.text("kairos_init")
    parts = {name: text for name in ("version", "image") if (text := outline.text("kairos_init", name))}
    try:
        return KairosInit.model_validate(tool_from_text(written) if written else parts).release
    except ValidationError:
        return release(NEWEST)


def _models(around: Around) -> list[Word]:
    for_platform = around.path[1] if around.path[0] == "platforms" else ""
    named = [str(for_platform)] if for_platform else _platforms_of(around.outline)
    boards = not named or any(name.split("/")[1:2] == [MODEL_ARCHITECTURE] for name in named)
    known = dialect_of(release_of(around.outline)).models
    fitting = [model for model in known if boards or model in MODELS_FOR_ANY_PLATFORM]
    return [
        Word(model, "any platform" if model in MODELS_FOR_ANY_PLATFORM else f"linux/{MODEL_ARCHITECTURE}")
        for model in fitting
    ]


def _platforms_of(outline: Outline) -> list[str]:
    return [*outline.keys(("platforms",)), *outline.items(("platforms",))]


def _bases(around: Around) -> list[Word]:
    model = around.outline.text("model") or proposals.GENERIC
    proposed = {bases[model]: name for name, bases in proposals.BASES.items() if model in bases}
    return [Word(base, f"{name} for {model}") for base, name in proposed.items()]


def _providers(_: Around) -> list[Word]:
    return [Word(name) for name in PROVIDER_VERSIONS]


def _provider_versions(around: Around) -> list[Word]:
    chosen = around.outline.text("provider", "name")
    names = [chosen] if chosen in PROVIDER_VERSIONS else list(PROVIDER_VERSIONS)
    pinned = [Word(proposals.PROVIDERS[name], f"a release of {name} that Kairos published") for name in names]
    return [*pinned, Word(UNPINNED, "whatever the vendor says on the day of the build")]


def _releases(_: Around) -> list[Word]:
    return [Word(tag, "the newest known" if tag == NEWEST else "the last of its series") for tag in LAST_OF_SERIES]


def _skippable(around: Around) -> list[Word]:
    return [Word(name, f"runs in {stage}") for name, stage in steps_of(release_of(around.outline)).items()]


def _variables(around: Around) -> list[Word]:
    chosen = release_of(around.outline)
    provider = around.outline.text("provider") or around.outline.text("provider", "name")
    known = [row for row in VARIABLES if row.first <= chosen and row.provider in {None, provider}]
    return [Word(row.name, f"read by {' and '.join(row.stages)}") for row in known]


def _platforms(_: Around) -> list[Word]:
    return [Word(name) for name in KNOWN]


def _cloud_config_keys(_: Around) -> list[Word]:
    return [Word(name) for name in KEYS]


def _files(around: Around) -> list[Word]:
    if around.files is None or _is_from_image(around):
        return []
    folder = around.typed.rpartition("/")[0]
    return [Word(f"{folder}/{name}" if folder else name) for name in around.files.names(folder)]


def _is_from_image(around: Around) -> bool:
    return "copy" in around.path and bool(around.outline.text(*around.path[:3], "from"))


_Known = tuple[tuple["Path", "Callable[[Around], list[Word]]"], ...]

VALUES: _Known = (
    (("model",), _models),
    (("platforms", ANY, "model"), _models),
    (("matrix", "model", ANY), _models),
    (("matrix", "base", ANY), _bases),
    (("matrix", "platform", ANY), _platforms),
    (("platforms", ANY), _platforms),
    (("base",), _bases),
    (("platforms", ANY, "base"), _bases),
    (("provider",), _providers),
    (("matrix", "provider", ANY), _providers),
    (("provider", "version"), _provider_versions),
    (("kairos_init",), _releases),
    (("kairos_init", "version"), _releases),
    (("skip_steps", ANY), _skippable),
    (("lint", ANY, ANY), silenceable),
    *((pattern, _files) for pattern in (*CONTEXT_FILES, *CONTEXT_FOLDERS)),
)
KEYS_OF: _Known = (
    (("platforms",), _platforms),
    (("environment",), _variables),
    (("cloud_config", ANY, "content"), _cloud_config_keys),
)
