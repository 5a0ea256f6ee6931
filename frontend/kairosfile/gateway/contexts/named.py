"""Named contexts: `--build-context NAME=...` replaces an image.

A name may be for one platform, `NAME::linux/arm64`, which takes precedence. The value is an image, an OCI layout or a
directory of the client, a git repository, a file of the web, or the result of another build (`input:`, which
`docker buildx bake` makes of `target:`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile import llb
from kairosfile.gateway.contexts import main
from kairosfile.gateway.contexts.main import follow, start_patterns
from kairosfile.gateway.errors import GatewayError
from kairosfile.gateway.grpc import Deferred
from kairosfile.gateway.images import ImageSource, Layout, bare_config
from kairosfile.gateway.options import INPUT_METADATA_PREFIX, SOURCE
from kairosfile.gateway.rare_errors import UnsupportedError
from kairosfile.json_text import parse_json
from kairosfile.named_tuple import NamedTuple
from kairosfile.patterns import compile_later

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kairosfile.gateway.images import Image
    from kairosfile.gateway.options import Options
    from kairosfile.gateway.request import Request
    from kairosfile.pb import ops

_EMPTY_IMAGE = "scratch"
_IMAGE_CONFIG = "containerimage.config"
_LAYOUT = compile_later(r"(?P<store>[^@:]+)(?::[\w.-]+)?@(?P<digest>sha256:[0-9a-f]{64})")


class NamedContext(NamedTuple):
    """An option `context:KEY=VALUE`."""

    key: str
    value: str

    def __str__(self) -> str:
        is_url = main.is_web(self.value) or main.is_git(self.value)
        return f"--build-context {self.key}={main.without_secrets(self.value) if is_url else self.value}"


class ContextUsage(NamedTuple):
    """The use of a context: the paths, whether steps start from it, and the platform.

    `program` is the path of the only file that is used, if steps run it. `prefix` is the prefix of vertex names;
    `lines` are the lines of the file that name the image.
    """

    platform: llb.Platform
    paths: frozenset[str]
    is_root: bool = False
    program: str = ""
    prefix: str = ""
    lines: tuple[llb.Location, ...] = ()

    def shown_as(self, name: str) -> llb.Constraints:
        """Return constraints with the vertex's name, and the source locations for errors and provenance."""
        return llb.Constraints(custom_name=name, locations=self.lines)


def find(options: Options, names: Iterable[str], platform: llb.Platform) -> NamedContext | None:
    """Return the named context for the first name that has one; one for this platform takes precedence."""
    keys = (key for name in names for key in (f"{name}::{platform.normalized()}", name))
    key = next((key for key in keys if key in options.named_contexts), None)
    return None if key is None else NamedContext(key, options.named_contexts[key])


def unused(options: Options, names: Iterable[str]) -> list[str]:
    """Return the keys of contexts that match none of these names, except one that replaces the frontend's own image."""
    known = {*names, options.raw_options.get(SOURCE, "").removesuffix(":latest")}
    return [key for key in options.named_contexts if key.partition("::")[0] not in known]


def start(request: Request, context: NamedContext, usage: ContextUsage) -> Deferred[ImageSource]:
    """Start to resolve a named context.

    Args:
        request: The request.
        context: Key and value of the option.
        usage: How the plan uses it.

    Returns:
        Its files and image config.

    Raises:
        UnsupportedError: The kind of context is not supported.
        GatewayError: The value is malformed.
    """
    scheme, _, rest = context.value.partition(":")
    if main.is_git(context.value):
        return _of_git(request, context, usage)
    if scheme not in _KINDS:
        raise UnsupportedError(f"{context}: unsupported kind of context; use {', '.join(_KINDS)} or git")
    return _KINDS[scheme](request, context, rest.removeprefix("//"), usage)


def _of_image(request: Request, context: NamedContext, rest: str, usage: ContextUsage) -> Deferred[ImageSource]:
    if rest == _EMPTY_IMAGE:
        return _ready(ImageSource(llb.scratch(), bare_config(usage.platform)))
    mode = request.options.image_resolve_mode
    try:
        image = request.bridge.resolve_image(rest, usage.platform, mode, f"context {context.key}")
    except ValueError as error:
        raise GatewayError(f"{context}: {error}") from error

    def to_source(image: Image) -> ImageSource:
        custom_name = f"{usage.prefix}[context {context.key}] {image.reference}"
        return image.source(usage.platform, mode, usage.shown_as(custom_name))

    return image.map(to_source)


def _of_layout(request: Request, context: NamedContext, rest: str, usage: ContextUsage) -> Deferred[ImageSource]:
    match = _LAYOUT.fullmatch(rest)
    if match is None:
        raise UnsupportedError(f"{context}: an OCI layout is named by its store and a digest, store@sha256:...")
    name = context.key.partition("::")[0]
    # The name only shows in messages; what is read is the digest.
    reference = llb.normalize_reference(f"{name}@{match['digest']}")
    layout = Layout(reference, match["store"], request.options.session_id)
    layout_image = request.bridge.resolve_layout(
        layout, usage.platform, f"[context {context.key}] load metadata for {reference}"
    )
    return layout_image.map(
        lambda image: ImageSource(
            layout.state(usage.platform, usage.shown_as(f"{usage.prefix}[context {context.key}] OCI load from client")),
            image.config,
            digest=image.digest or match["digest"],
        )
    )


def _of_directory(request: Request, context: NamedContext, name: str, usage: ContextUsage) -> Deferred[ImageSource]:
    key, label = f"context:{context.key}", f"[context {context.key}]"

    def to_source(patterns: list[str]) -> ImageSource:
        files = llb.local(
            name,
            session_id=request.options.local_session_id(name),
            exclude_patterns=patterns,
            follow_paths=follow(usage.paths),
            shared_key_hint=key,
            constraints=usage.shown_as(f"{label} load from client"),
        )
        # A directory of the client is never cached as a root, a copy of it is.
        state = _copied(files, f"{label} copy to an empty image") if usage.is_root else files
        return ImageSource(state, bare_config(usage.platform, created_by=f"COPY --from={context.key} / /"))

    return start_patterns(request, name, key, label).map(to_source)


def _of_git(request: Request, context: NamedContext, usage: ContextUsage) -> Deferred[ImageSource]:
    state = main.git_source(
        context.value,
        usage.shown_as(f"[context {context.key}] {main.without_secrets(context.value)}"),
        keep_git_dir=True,
        capabilities=request.bridge.llb_capabilities,
    )
    return _ready(ImageSource(state, bare_config(usage.platform, created_by=f"git {context.key}")))


def _of_web(_: Request, context: NamedContext, __: str, usage: ContextUsage) -> Deferred[ImageSource]:
    constraints = usage.shown_as(f"[context {context.key}] {main.without_secrets(context.value)}")
    if usage.program:
        state = llb.http(context.value, filename=usage.program, mode=0o755, constraints=constraints)
    else:
        state = llb.http(context.value, constraints=constraints)
    return _ready(ImageSource(state, bare_config(usage.platform, created_by=f"ADD {context.key}")))


def _of_input(request: Request, context: NamedContext, name: str, usage: ContextUsage) -> Deferred[ImageSource]:
    config = _input_config(request.options, context, name) or bare_config(usage.platform)

    def to_source(inputs: dict[str, ops.Definition]) -> ImageSource:
        if name not in inputs:
            raise GatewayError(f"{context}: the request has no input of that name")
        return ImageSource(llb.from_definition(inputs[name]), config)

    return request.bridge.inputs().map(to_source)


def _input_config(options: Options, context: NamedContext, name: str) -> bytes:
    """Return the image config that came with an input, empty for none."""
    from binascii import a2b_base64  # noqa: PLC0415 - few builds have inputs

    try:
        metadata = parse_json(options.raw_options.get(INPUT_METADATA_PREFIX + name, "{}"))
        return a2b_base64(metadata.get(_IMAGE_CONFIG, ""), strict_mode=True)
    except (ValueError, AttributeError, TypeError) as error:
        raise GatewayError(f"{context}: the metadata of the input cannot be read: {error}") from error


def _copied(files: llb.State, name: str) -> llb.State:
    everything = llb.copy(files, "/", "/", copy_dir_contents_only=True)
    return llb.scratch().file(everything, constraints=llb.Constraints(custom_name=name))


def _ready(source: ImageSource) -> Deferred[ImageSource]:
    return Deferred(lambda: source)


_KINDS: dict[str, Callable[[Request, NamedContext, str, ContextUsage], Deferred[ImageSource]]] = {
    "docker-image": _of_image,
    "oci-layout": _of_layout,
    "local": _of_directory,
    "input": _of_input,
    "http": _of_web,
    "https": _of_web,
}
