"""The Kairosfile as typed, frozen data: what a file may say, field by field.

Field descriptions are what editors and the reference show. Positions are not part of the model; a `Document` finds
them by path. The rules that hold fields against each other live in `spec.checks`.
"""

from __future__ import annotations

from kairosfile.spec.model.kairosfile import Kairosfile
from kairosfile.spec.model.provider import Provider
from kairosfile.spec.model.record import Record
from kairosfile.spec.model.steps import STEP_KINDS, CopyStep, Hooks, RunStep, Step

__all__ = ["STEP_KINDS", "CopyStep", "Hooks", "Kairosfile", "Provider", "Record", "RunStep", "Step"]
