"""The tools of an image: kairos-init, named by a release or an image, and the plugin that installs the provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.kairos.releases import KAIROS_INIT, PROVIDER_VERSIONS, ToolImage


class KairosInitImage(ToolImage):
    """The kairos-init of the fields of `kairos_init`."""

    TOOL = KAIROS_INIT


class ProviderPlugin:
    """The provider of the fields of `provider`."""

    if TYPE_CHECKING:
        name: str
        plugin: str | None

    @property
    def is_bundled(self) -> bool:
        """Whether kairos-init itself can install it."""
        return self.plugin is None and self.name in PROVIDER_VERSIONS
