"""The one error of this package: this machine cannot run the requested engine."""

from __future__ import annotations


class EngineUnavailable(Exception):  # noqa: N818 - the name says the state, as in ServiceUnavailable
    """An engine, a registry or their parts are not available here; the text has the fix."""
