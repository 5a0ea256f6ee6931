"""The AuroraBoot that artifacts are made with, named by a release or an image."""

from __future__ import annotations

from kairosfile.kairos.auroraboot import AURORABOOT
from kairosfile.kairos.releases import ToolImage


class AuroraBootImage(ToolImage):
    """The AuroraBoot of the fields of `auroraboot`."""

    TOOL = AURORABOOT
