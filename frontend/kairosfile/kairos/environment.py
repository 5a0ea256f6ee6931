"""The environment variables that kairos-init and the scripts of the providers' vendors read, as a table.

Proxies are missing on purpose: the builder hands them to every command without making them part of a cache key.
"""

from __future__ import annotations

from typing import NamedTuple

from kairosfile.kairos.releases import Release, release


class Variable(NamedTuple):
    """A variable, or all that begin with a name ending in `_`; `provider` names the only one that reads it."""

    name: str
    first: Release
    stages: tuple[str, ...] = ("install",)
    provider: str | None = None

    def is_named(self, name: str) -> bool:
        """Tell whether a name is this variable's or, for a family of them, begins with it."""
        return name == self.name or (self.name.endswith("_") and name.startswith(self.name) and name != self.name)


_ALWAYS = release("v0.0.1")
_KUBERNETES = release("v0.2.0")

VARIABLES: tuple[Variable, ...] = (
    Variable("L4T_VERSION", release("v0.7.0")),
    Variable("BOARD_MODEL", release("v0.7.0")),
    Variable("NVIDIA_RELEASE", release("v0.6.0")),
    Variable("NVIDIA_VERSION", release("v0.6.0")),
    Variable("INSTALL_K3S_", _KUBERNETES, provider="k3s"),
    Variable("K0S_VERSION", _KUBERNETES, provider="k0s"),
    Variable("KAIROS-INIT_DEBUG", _ALWAYS, ("install", "init")),
    Variable("KAIROS-INIT_TRACE", _ALWAYS, ("install", "init")),
    Variable("TMPDIR", release("v0.6.0")),
)

PROXIES = frozenset({"HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"})
STAGE_EXTENSIONS = "KAIROS_INIT_STAGE_EXTENSIONS_DIR"

# A version of Kubernetes given here is overridden by the provider's.
VERSIONS = frozenset({"INSTALL_K3S_VERSION", "K0S_VERSION"})


def variable(name: str) -> Variable | None:
    """Return what is known of a variable, None for one that nothing reads."""
    return next((row for row in VARIABLES if row.is_named(name)), None)
