"""Image metadata: what a reference means today, for one platform.

A tag moves and a request costs a round trip to a registry, so each (reference, platform) is asked for once
per build, and all of them at the same time: `resolve` returns at once. The daemon applies the user's source
policy, so the image that comes back may be another one than was asked for: use what is returned, pinned by
its digest.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from kairosfile import llb
from kairosfile.gateway.errors import UnsupportedError
from kairosfile.pb import gateway_pb2 as pb
from kairosfile.pb import ops_pb2

if TYPE_CHECKING:
    from collections.abc import Callable

    from kairosfile.gateway.calls import Answer, Calls
    from kairosfile.llb.image import ResolveMode

_IMAGE, _LAYOUT = "docker-image://", "oci-layout://"
_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class ImageSource(NamedTuple):
    """Where the files of an image come from, and what is known of it.

    `config` is an OCI image config, JSON. `name` is the image's without a digest, and `digest` that of what it names;
    both are empty where the files are no image, the name also where the image has none of its own.
    """

    state: llb.State
    config: bytes
    name: str = ""
    digest: str = ""


class Image(NamedTuple):
    """An image as the daemon resolved it; `config` is the OCI image configuration, JSON as it is stored.

    `reference` is pinned: `docker.io/library/ubuntu:24.04@sha256:...`; `digest` is that of what the reference
    names, an index where the image has several platforms.
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
    """Return the config of files that are no image, as the Dockerfile frontend has it of an empty one.

    `created_by` is the history of their one layer, if they have one.
    """
    config = {
        "architecture": platform.architecture,
        "os": platform.os,
        "rootfs": {"type": "layers", "diff_ids": []},
        "config": {"Env": [_PATH], "WorkingDir": "/"},
        "history": [{"created_by": created_by}] if created_by else [],
    }
    return json.dumps(config | ({"variant": platform.variant} if platform.variant else {})).encode()


class ImageResolver:
    """Resolves images, each (source, platform, mode) once."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._answers: dict[tuple[str, llb.Platform, str], Answer[Image]] = {}

    def resolve(
        self, reference: str, platform: llb.Platform, mode: str, label: str, *, by_source: bool
    ) -> Answer[Image]:
        """Start to resolve; `by_source` says that the daemon knows ResolveSourceMeta.

        `mode` is `default`, `pull` or `local`; `label` stands in front of the vertex's name. Raises ValueError for a
        reference that is none.
        """
        name = llb.normalize_reference(reference)
        log_name = f"[{label}] load metadata for {name}"

        def ask() -> Answer[Image]:
            if by_source:
                source = ops_pb2.SourceOp(identifier=_IMAGE + name)
                return self._by_source(source, platform, log_name, mode)
            request = pb.ResolveImageConfigRequest(Ref=name, LogName=log_name, ResolveMode=mode)
            return self._by_config(request, platform)

        return self._once((_IMAGE + name, platform.normalized(), mode), ask)

    def resolve_layout(
        self, layout: Layout, platform: llb.Platform, log_name: str, *, by_source: bool
    ) -> Answer[Image]:
        """Start to resolve an image in a layout."""

        def ask() -> Answer[Image]:
            if by_source:
                attrs = {"oci.store": layout.store, "oci.session": layout.session}
                source = ops_pb2.SourceOp(identifier=_LAYOUT + layout.reference, attrs=attrs)
                return self._by_source(source, platform, log_name)
            request = pb.ResolveImageConfigRequest(Ref=layout.reference, LogName=log_name)
            request.ResolverType, request.StoreID, request.SessionID = 1, layout.store, layout.session
            return self._by_config(request, platform)

        return self._once((_LAYOUT + layout.reference, platform.normalized(), layout.store), ask)

    def _once(self, asked: tuple[str, llb.Platform, str], ask: Callable[[], Answer[Image]]) -> Answer[Image]:
        if asked not in self._answers:
            self._answers[asked] = ask()
        return self._answers[asked]

    def _by_source(
        self, source: ops_pb2.SourceOp, platform: llb.Platform, log_name: str, mode: str = ""
    ) -> Answer[Image]:
        request = pb.ResolveSourceMetaRequest(
            Source=source, Platform=_message(platform.normalized()), LogName=log_name, ResolveMode=mode
        )
        response = self._calls.start("ResolveSourceMeta", request, pb.ResolveSourceMetaResponse)
        return response.then(lambda meta: _from_source(source.identifier, meta))

    def _by_config(self, request: pb.ResolveImageConfigRequest, platform: llb.Platform) -> Answer[Image]:
        request.Platform.CopyFrom(_message(platform.normalized()))
        response = self._calls.start("ResolveImageConfig", request, pb.ResolveImageConfigResponse)
        return response.then(lambda meta: _image(meta.Ref or request.Ref, meta.Digest, meta.Config))


def _from_source(asked: str, meta: pb.ResolveSourceMetaResponse) -> Image:
    scheme, identifier = asked.partition("://")[0], meta.Source.identifier
    if not identifier.startswith(f"{scheme}://") or not meta.HasField("Image"):
        raise UnsupportedError(
            f"image {asked.removeprefix(_IMAGE)}: a source policy replaces it by {identifier}, which is not an image; "
            "this frontend supports only policies that name another image"
        )
    return _image(identifier.partition("://")[2], meta.Image.Digest, meta.Image.Config)


def _image(reference: str, digest: str, config: bytes) -> Image:
    name = reference.partition("@")[0]
    return Image(f"{name}@{digest}" if digest else reference, digest, config)


def _message(platform: llb.Platform) -> ops_pb2.Platform:
    return ops_pb2.Platform(
        OS=platform.os,
        Architecture=platform.architecture,
        Variant=platform.variant,
        OSVersion=platform.os_version,
        OSFeatures=platform.os_features,
    )
