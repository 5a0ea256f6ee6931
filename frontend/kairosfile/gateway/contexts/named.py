"""Named contexts: what `--build-context NAME=...` puts in the place of an image.

A name may be for one platform, `NAME::linux/arm64`, which goes first. The value says what it is: an image, an OCI
layout or a directory of the client, a repository, something of the web, or the result of another build (`input:`,
which is what `docker buildx bake` makes of `target:`).
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple

from kairosfile import llb
from kairosfile.gateway.calls import Answer
from kairosfile.gateway.contexts import git, web
from kairosfile.gateway.contexts.ignored import start_patterns
from kairosfile.gateway.contexts.main import follow
from kairosfile.gateway.errors import GatewayError, UnsupportedError
from kairosfile.gateway.images import ImageSource, Layout, bare_config
from kairosfile.gateway.options import INPUT_METADATA_PREFIX, SOURCE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kairosfile.gateway.images import Image
    from kairosfile.gateway.options import Options
    from kairosfile.gateway.request import Request
    from kairosfile.pb import ops_pb2

_EMPTY_IMAGE = "scratch"
_IMAGE_CONFIG = "containerimage.config"
_LAYOUT = re.compile(r"(?P<store>[^@:]+)(?::[\w.-]+)?@(?P<digest>sha256:[0-9a-f]{64})")


class NamedContext(NamedTuple):
    """An option `context:KEY=VALUE`."""

    key: str
    value: str

    def __str__(self) -> str:
        is_url = web.is_web(self.value) or git.is_git(self.value)
        return f"--build-context {self.key}={web.without_secrets(self.value) if is_url else self.value}"


class Use(NamedTuple):
    """What is wanted of a context: which paths, whether steps start from it, and on which platform.

    `program` is the one file that is wanted where it is to be run. `prefix` stands before the names of vertices;
    `lines` are those of the file that name the image.
    """

    platform: llb.Platform
    paths: frozenset[str]
    is_root: bool = False
    program: str = ""
    prefix: str = ""
    lines: tuple[llb.Location, ...] = ()

    def shown_as(self, name: str) -> llb.Constraints:
        """Return what a vertex is called in the progress, and the lines that errors and provenance point at."""
        return llb.Constraints(custom_name=name, locations=self.lines)


def find(options: Options, names: Iterable[str], platform: llb.Platform) -> NamedContext | None:
    """Return the context of the first of these names that has one, for this platform before the one for all."""
    keys = (key for name in names for key in (f"{name}::{platform.normalized()}", name))
    found = next((key for key in keys if key in options.named_contexts), None)
    return None if found is None else NamedContext(found, options.named_contexts[found])


def unused(options: Options, names: Iterable[str]) -> list[str]:
    """Return the keys of contexts that have none of these names.

    One in place of the frontend's own image is not among them: the daemon has seen to that one.
    """
    known = {*names, options.raw.get(SOURCE, "").removesuffix(":latest")}
    return [key for key in options.named_contexts if key.partition("::")[0] not in known]


def start(request: Request, context: NamedContext, use: Use) -> Answer[ImageSource]:
    """Start to find out what a context is; raises UnsupportedError, GatewayError for a value that makes no sense."""
    scheme, _, rest = context.value.partition(":")
    if git.is_git(context.value):
        return _of_git(request, context, use)
    if scheme not in _KINDS:
        raise UnsupportedError(f"{context}: this is none of the kinds {', '.join(_KINDS)} and git")
    return _KINDS[scheme](request, context, rest.removeprefix("//"), use)


def _of_image(request: Request, context: NamedContext, rest: str, use: Use) -> Answer[ImageSource]:
    if rest == _EMPTY_IMAGE:
        return _ready(ImageSource(llb.scratch(), bare_config(use.platform)))
    mode = request.options.image_resolve_mode
    try:
        asked = request.bridge.resolve_image(rest, use.platform, mode, f"context {context.key}")
    except ValueError as error:
        raise GatewayError(f"{context}: {error}") from error

    def made(image: Image) -> ImageSource:
        custom_name = f"{use.prefix}[context {context.key}] {image.reference}"
        return image.source(use.platform, mode, use.shown_as(custom_name))

    return asked.then(made)


def _of_layout(request: Request, context: NamedContext, rest: str, use: Use) -> Answer[ImageSource]:
    match = _LAYOUT.fullmatch(rest)
    if match is None:
        raise UnsupportedError(f"{context}: an OCI layout is named by its store and a digest, store@sha256:...")
    name = context.key.partition("::")[0]
    # The name only shows in messages; what is read is the digest.
    reference = llb.normalize_reference(f"{name}@{match['digest']}")
    layout = Layout(reference, match["store"], request.options.session_id)
    asked = request.bridge.resolve_layout(
        layout, use.platform, f"[context {context.key}] load metadata for {reference}"
    )
    return asked.then(
        lambda image: ImageSource(
            layout.state(use.platform, use.shown_as(f"{use.prefix}[context {context.key}] OCI load from client")),
            image.config,
            digest=image.digest or match["digest"],
        )
    )


def _of_directory(request: Request, context: NamedContext, name: str, use: Use) -> Answer[ImageSource]:
    key, label = f"context:{context.key}", f"[context {context.key}]"

    def made(patterns: list[str]) -> ImageSource:
        files = llb.local(
            name,
            session_id=request.options.local_session_id(name),
            exclude_patterns=patterns,
            follow_paths=follow(use.paths),
            shared_key_hint=key,
            constraints=use.shown_as(f"{label} load from client"),
        )
        # A directory of the client is never cached as a root, a copy of it is.
        state = _copied(files, f"{label} copy to an empty image") if use.is_root else files
        return ImageSource(state, bare_config(use.platform, created_by=f"COPY --from={context.key} / /"))

    return start_patterns(request, name, key, label).then(made)


def _of_git(request: Request, context: NamedContext, use: Use) -> Answer[ImageSource]:
    state = git.source(
        context.value,
        use.shown_as(f"[context {context.key}] {web.without_secrets(context.value)}"),
        keep_git_dir=True,
        capabilities=request.bridge.llb_capabilities,
    )
    return _ready(ImageSource(state, bare_config(use.platform, created_by=f"git {context.key}")))


def _of_web(_: Request, context: NamedContext, __: str, use: Use) -> Answer[ImageSource]:
    constraints = use.shown_as(f"[context {context.key}] {web.without_secrets(context.value)}")
    if use.program:
        state = llb.http(context.value, filename=use.program, mode=0o755, constraints=constraints)
    else:
        state = llb.http(context.value, constraints=constraints)
    return _ready(ImageSource(state, bare_config(use.platform, created_by=f"ADD {context.key}")))


def _of_input(request: Request, context: NamedContext, name: str, use: Use) -> Answer[ImageSource]:
    config = _input_config(request.options, context, name) or bare_config(use.platform)

    def made(inputs: dict[str, ops_pb2.Definition]) -> ImageSource:
        if name not in inputs:
            raise GatewayError(f"{context}: the request has no input of that name")
        return ImageSource(llb.imported(inputs[name]), config)

    return request.bridge.inputs().then(made)


def _input_config(options: Options, context: NamedContext, name: str) -> bytes:
    """Return the image config that came with an input, empty for none."""
    from base64 import b64decode  # noqa: PLC0415 - few builds have inputs

    try:
        metadata = json.loads(options.raw.get(INPUT_METADATA_PREFIX + name, "{}"))
        return b64decode(metadata.get(_IMAGE_CONFIG, ""), validate=True)
    except (ValueError, AttributeError, TypeError) as error:
        raise GatewayError(f"{context}: the metadata of the input cannot be read: {error}") from error


def _copied(files: llb.State, name: str) -> llb.State:
    everything = llb.copy(files, "/", "/", copy_dir_contents_only=True)
    return llb.scratch().file(everything, constraints=llb.Constraints(custom_name=name))


def _ready(source: ImageSource) -> Answer[ImageSource]:
    return Answer(lambda: source)


_KINDS: dict[str, Callable[[Request, NamedContext, str, Use], Answer[ImageSource]]] = {
    "docker-image": _of_image,
    "oci-layout": _of_layout,
    "local": _of_directory,
    "input": _of_input,
    "http": _of_web,
    "https": _of_web,
}
