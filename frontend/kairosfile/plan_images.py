"""Resolve the images of plans, all at the same time.

An image comes from its registry, or from a named context that replaces it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile import llb
from kairosfile.gateway.errors import GatewayError, RpcError
from kairosfile.named_tuple import NamedTuple
from kairosfile.plan import AURORABOOT, BASE, KAIROS_INIT
from kairosfile.plan.locations import lines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kairosfile.gateway.contexts.named import NamedContext
    from kairosfile.gateway.grpc import Deferred
    from kairosfile.gateway.images import Image as Resolved
    from kairosfile.gateway.images import ImageSource
    from kairosfile.gateway.request import EntryFile, Request
    from kairosfile.plan import Image, Plan

# Images that steps start from.
ROOTS = (BASE, AURORABOOT)


def vertex_prefix(platforms: int, platform: llb.Platform) -> str:
    """Return the prefix of vertex names: the platform, empty if there is only one."""
    return f"[{platform}] " if platforms > 1 else ""


class ResolvedPlan(NamedTuple):
    """The plan of one platform, with the source of each image that it names."""

    platform: llb.Platform
    plan: Plan
    images: dict[str, ImageSource]


class PendingImage(NamedTuple):
    """An image of one platform's plan that is being resolved; `context` replaces it, if there is one."""

    image: Image
    context: NamedContext | None
    answer: Deferred[ImageSource]

    def wait(self, source_map: llb.SourceMap) -> ImageSource:
        """Return the source of the image; raises SourceError if it cannot be resolved."""
        try:
            answer = self.answer.wait()
        except GatewayError as error:
            from kairosfile.gateway.rare_errors import UnsupportedError  # noqa: PLC0415
            from kairosfile.source_errors import image_error  # noqa: PLC0415

            if not isinstance(error, RpcError | UnsupportedError):
                raise
            raise image_error(error, self.image, source_map, str(self.context or "")) from error
        # An image in a layout gets the name of the image that it replaces.
        return answer._replace(name=self.image.written) if answer.digest and not answer.name else answer


class PendingPlan(NamedTuple):
    """The plan of one platform, with its images that are being resolved."""

    platform: llb.Platform
    plan: Plan
    images: list[PendingImage]

    def wait(self, source_map: llb.SourceMap) -> ResolvedPlan:
        """Return the plan with its images.

        Raises:
            SourceError: An image cannot be resolved; it points at the line that names the image.
            GatewayError: The daemon fails.
        """
        sources = {image.image.id: image.wait(source_map) for image in self.images}
        return ResolvedPlan(self.platform, self.plan, sources)


def start_images(request: Request, entry: EntryFile, plans: Mapping[llb.Platform, Plan]) -> list[PendingPlan]:
    """Start to resolve the images of all plans."""
    resolver = _Resolver(request, entry, plans)
    return [
        PendingPlan(platform, plan, [resolver.start(platform, image) for image in plan.images])
        for platform, plan in plans.items()
    ]


class _Resolver:
    """Starts to resolve the images of the plans of one request."""

    def __init__(self, request: Request, entry: EntryFile, plans: Mapping[llb.Platform, Plan]) -> None:
        self._request = request
        self._source_map = entry.source_map
        self._plans = plans

    def start(self, platform: llb.Platform, image: Image) -> PendingImage:
        prefix = vertex_prefix(len(self._plans), platform)
        platform = llb.Platform.parse(image.platform) if image.platform else platform
        if self._request.options.named_contexts and (pending := self._start_context(platform, image, prefix)):
            return pending
        return PendingImage(image, None, self._start_image(platform, image, prefix))

    def _start_context(self, platform: llb.Platform, image: Image, prefix: str) -> PendingImage | None:
        """Start to resolve the named context that replaces an image, if there is one."""
        from kairosfile.gateway.contexts import named  # noqa: PLC0415 - few builds have named contexts

        context = named.find(self._request.options, image.names, platform)
        if context is None:
            return None
        use = named.ContextUsage(
            platform,
            self._paths(image.id),
            is_root=image.id in ROOTS,
            program=KAIROS_INIT if image.id == KAIROS_INIT else "",
            prefix=prefix,
            lines=lines(self._source_map, [image.range]),
        )
        return PendingImage(image, context, named.start(self._request, context, use))

    def _paths(self, image_id: str) -> frozenset[str]:
        """Return the paths that are used on any platform: a directory of the client is transferred once."""
        return frozenset(path for plan in self._plans.values() for path in plan.image_paths(image_id))

    def _start_image(self, platform: llb.Platform, image: Image, prefix: str) -> Deferred[ImageSource]:
        mode = self._request.options.image_resolve_mode
        role = f"{image.id} " if image.id in (*ROOTS, KAIROS_INIT) else ""
        image_lines = lines(self._source_map, [image.range])

        def source(resolved: Resolved) -> ImageSource:
            named = llb.Constraints(custom_name=f"{prefix}{role}{resolved.reference}", locations=image_lines)
            return resolved.source(platform, mode, named)

        label = f"{platform} internal" if len(self._plans) > 1 else "internal"
        return self._request.bridge.resolve_image(image.reference, platform, mode, label).map(source)
