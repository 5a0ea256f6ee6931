"""What each image of a plan comes from: its registry, or a named context that stands in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kairosfile import llb
from kairosfile.faults import image_error
from kairosfile.gateway.contexts import named
from kairosfile.gateway.errors import RpcError, UnsupportedError
from kairosfile.plan import AURORABOOT, BASE, KAIROS_INIT
from kairosfile.plan.locations import lines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kairosfile.gateway.calls import Answer
    from kairosfile.gateway.contexts.named import NamedContext
    from kairosfile.gateway.images import Image as Resolved
    from kairosfile.gateway.images import ImageSource
    from kairosfile.gateway.request import EntryFile, Request
    from kairosfile.plan import Image, Plan


def resolve_images(
    request: Request, entry: EntryFile, plans: Mapping[llb.Platform, Plan]
) -> dict[llb.Platform, dict[str, ImageSource]]:
    """Ask what all images are at the same time, then wait for each; raises SourceError, GatewayError.

    The answer has them by platform and by their id in the plan.
    """
    resolver = _Resolver(request, entry, plans)
    asked = {platform: [resolver.start(platform, image) for image in plan.images] for platform, plan in plans.items()}
    return {
        platform: {found.image.id: found.wait(entry.source_map) for found in images}
        for platform, images in asked.items()
    }


def vertex_prefix(platforms: int, platform: llb.Platform) -> str:
    """Return what the names of one platform's vertices start with: nothing where there is only one."""
    return f"[{platform}] " if platforms > 1 else ""


class _Asked(NamedTuple):
    """An image of one platform's plan, what stands in its place if anything does, and the answer to come."""

    image: Image
    context: NamedContext | None
    answer: Answer[ImageSource]

    def wait(self, source_map: llb.SourceMap) -> ImageSource:
        try:
            found = self.answer.wait()
        except (RpcError, UnsupportedError) as error:
            raise image_error(error, self.image, source_map, str(self.context or "")) from error
        # An image in a layout has no name but the one that it stands for.
        return found._replace(name=self.image.written) if found.digest and not found.name else found


class _Resolver:
    """Starts to resolve the images of the plans of one request."""

    def __init__(self, request: Request, entry: EntryFile, plans: Mapping[llb.Platform, Plan]) -> None:
        self._request = request
        self._source_map = entry.source_map
        self._plans = plans

    def start(self, platform: llb.Platform, image: Image) -> _Asked:
        prefix = vertex_prefix(len(self._plans), platform)
        platform = llb.Platform.parse(image.platform) if image.platform else platform
        context = named.find(self._request.options, image.names, platform)
        if context is None:
            return _Asked(image, None, self._start_image(platform, image, prefix))
        use = named.Use(
            platform,
            self._paths(image.id),
            is_root=image.id in (BASE, AURORABOOT),
            program=KAIROS_INIT if image.id == KAIROS_INIT else "",
            prefix=prefix,
            lines=lines(self._source_map, [image.range]),
        )
        return _Asked(image, context, named.start(self._request, context, use))

    def _paths(self, image_id: str) -> frozenset[str]:
        """Return the paths that are used on any platform: a directory of the client is transferred once."""
        return frozenset(path for plan in self._plans.values() for path in plan.image_paths(image_id))

    def _start_image(self, platform: llb.Platform, image: Image, prefix: str) -> Answer[ImageSource]:
        mode = self._request.options.image_resolve_mode
        role = f"{image.id} " if image.id in (BASE, KAIROS_INIT, AURORABOOT) else ""
        where = lines(self._source_map, [image.range])

        def source(found: Resolved) -> ImageSource:
            named = llb.Constraints(custom_name=f"{prefix}{role}{found.reference}", locations=where)
            return found.source(platform, mode, named)

        label = f"{platform} internal" if len(self._plans) > 1 else "internal"
        return self._request.bridge.resolve_image(image.reference, platform, mode, label).then(source)
