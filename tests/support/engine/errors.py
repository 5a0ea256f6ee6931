"""The one failure a user of this package must expect: this machine cannot run the engine asked for."""

from __future__ import annotations


class EngineUnavailable(Exception):  # noqa: N818 - the name says the state, as in ServiceUnavailable
    """An engine, a registry or what they are made of cannot be had here; the text says what to do."""
