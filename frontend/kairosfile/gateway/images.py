"""Image metadata: the current image of a reference, for one platform.

A tag moves and a request costs a round trip to a registry, so each (reference, platform) is requested once per build,
and all of them concurrently: `resolve` returns immediately. The daemon applies the user's source policy, so the answer
may be another image than the requested one: use the returned reference, pinned by its digest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile import llb
from kairosfile.json_text import to_json
from kairosfile.llb.marshal import platform_to_proto
from kairosfile.named_tuple import NamedTuple
from kairosfile.pb import gateway as pb
from kairosfile.pb import ops

if TYPE_CHECKING:
    from collections.abc import Callable

    from kairosfile.gateway.grpc import Calls, Deferred
    from kairosfile.llb.source import ResolveMode

_IMAGE, _LAYOUT = "docker-image://", "oci-layout://"
_OCI_LAYOUT = 1  # a type of resolver
_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class ImageSource(NamedTuple):
    """The state with the files of an image, and its metadata.

    `config` is an OCI image config, JSON. `name` is the image's name without a digest, and `digest` the digest of the
    named image or index; both are empty if the files are not an image, the name also if the image has none.
    """

    state: llb.State
    config: bytes
    name: str = ""
    digest: str = ""


class Image(NamedTuple):
    """An image as the daemon resolved it; `config` is the OCI image configuration, JSON as it is stored.

    `reference` is pinned: `docker.io/library/ubuntu:24.04@sha256:...`; `digest` is the digest of the named image, or of
    the index if the image has several platforms.
    """

    reference: str
    digest: str
    config: bytes

    def source(self, platform: llb.Platform, mode: ResolveMode, constraints: llb.Constraints) -> ImageSource:
        """Return the image's files, pinned by its digest."""
        state = llb.image(self.reference, resolve_mode=mode, platform=platform, constraints=constraints)
        return ImageSource(state, self.config, self.reference.partition("@")[0], self.digest)


class Layout(NamedTuple):
    """An image, `name@digest`, in an OCI layout that a session of the client offers as a store."""

    reference: str
    store: str
    session: str

    def state(self, platform: llb.Platform, constraints: llb.Constraints) -> llb.State:
        """Return the image's files."""
        constraints = constraints._replace(platform=platform)
        return llb.oci_layout(self.reference, session_id=self.session, store_id=self.store, constraints=constraints)


def bare_config(platform: llb.Platform, created_by: str = "") -> bytes:
    """Return the image config of files that are not an image, equal to the Dockerfile frontend's for `scratch`.

    Args:
        platform: Platform of the files.
        created_by: History entry of their one layer, empty for no layer.
    """
    config = {
        "architecture": platform.architecture,
        "os": platform.os,
        "rootfs": {"type": "layers", "diff_ids": []},
        "config": {"Env": [_PATH], "WorkingDir": "/"},
        "history": [{"created_by": created_by}] if created_by else [],
    }
    return to_json(config | ({"variant": platform.variant} if platform.variant else {})).encode()


class ImageResolver:
    """Resolves images, each (source, platform, mode) once."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._answers: dict[tuple[str, llb.Platform, str], Deferred[Image]] = {}

    def resolve(
        self, reference: str, platform: llb.Platform, mode: str, label: str, *, by_source: bool
    ) -> Deferred[Image]:
        """Start to resolve an image reference, unless it has been requested before.

        Args:
            reference: A reference as a user writes it.
            platform: The platform of the config.
            mode: `default`, `pull` or `local`.
            label: Prefix, in brackets, of the vertex's name.
            by_source: Whether the daemon supports ResolveSourceMeta.

        Raises:
            ValueError: The reference is malformed.
        """
        name = llb.normalize_reference(reference)
        log_name = f"[{label}] load metadata for {name}"

        def ask() -> Deferred[Image]:
            if by_source:
                source = ops.SourceOp(identifier=_IMAGE + name)
                return self._by_source(source, platform, log_name, mode)
            request = pb.ResolveImageConfigRequest(Ref=name, LogName=log_name, ResolveMode=mode)
            return self._by_config(request, platform)

        return self._once((_IMAGE + name, platform.normalized(), mode), ask)

    def resolve_layout(
        self, layout: Layout, platform: llb.Platform, log_name: str, *, by_source: bool
    ) -> Deferred[Image]:
        """Start to resolve an image in an OCI layout, unless it has been requested before.

        Args:
            layout: The image and its store.
            platform: The platform of the config.
            log_name: Name of the vertex in the progress.
            by_source: Whether the daemon supports ResolveSourceMeta.
        """

        def ask() -> Deferred[Image]:
            if by_source:
                attrs = {"oci.store": layout.store, "oci.session": layout.session}
                source = ops.SourceOp(identifier=_LAYOUT + layout.reference, attrs=attrs)
                return self._by_source(source, platform, log_name)
            request = pb.ResolveImageConfigRequest(
                Ref=layout.reference,
                LogName=log_name,
                ResolverType=_OCI_LAYOUT,
                StoreID=layout.store,
                SessionID=layout.session,
            )
            return self._by_config(request, platform)

        return self._once((_LAYOUT + layout.reference, platform.normalized(), layout.store), ask)

    def _once(self, key: tuple[str, llb.Platform, str], ask: Callable[[], Deferred[Image]]) -> Deferred[Image]:
        if key not in self._answers:
            self._answers[key] = ask()
        return self._answers[key]

    def _by_source(
        self, source: ops.SourceOp, platform: llb.Platform, log_name: str, mode: str = ""
    ) -> Deferred[Image]:
        request = pb.ResolveSourceMetaRequest(
            Source=source, Platform=platform_to_proto(platform.normalized()), LogName=log_name, ResolveMode=mode
        )
        response = self._calls.start("ResolveSourceMeta", request, pb.ResolveSourceMetaResponse)
        return response.map(lambda meta: _from_source(source.identifier, meta))

    def _by_config(self, request: pb.ResolveImageConfigRequest, platform: llb.Platform) -> Deferred[Image]:
        request = request.replace(Platform=platform_to_proto(platform.normalized()))
        response = self._calls.start("ResolveImageConfig", request, pb.ResolveImageConfigResponse)
        return response.map(lambda meta: _image(meta.Ref or request.Ref, meta.Digest, meta.Config))


def _from_source(source: str, meta: pb.ResolveSourceMetaResponse) -> Image:
    scheme, identifier = source.partition("://")[0], meta.Source.identifier if meta.Source else ""
    if not identifier.startswith(f"{scheme}://") or not meta.Image:
        from kairosfile.gateway.rare_errors import UnsupportedError  # noqa: PLC0415

        raise UnsupportedError(
            f"image {source.removeprefix(_IMAGE)}: a source policy replaces it by {identifier}, which is not an image; "
            "this frontend supports only policies that name another image"
        )
    return _image(identifier.partition("://")[2], meta.Image.Digest, meta.Image.Config)


def _image(reference: str, digest: str, config: bytes) -> Image:
    name = reference.partition("@")[0]
    return Image(f"{name}@{digest}" if digest else reference, digest, config)
