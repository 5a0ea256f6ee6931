"""Why a build is not started."""

from __future__ import annotations


class NoRoomError(Exception):
    """Too little disk space is free for a build."""


class NoBuildxError(Exception):
    """There is no docker with buildx, or it does not answer."""


class RefusedBuildError(Exception):
    """A build that the server refuses to start; the message is the reason."""


class EntitlementError(Exception):
    """A build with a step that needs an entitlement which the server does not give."""
