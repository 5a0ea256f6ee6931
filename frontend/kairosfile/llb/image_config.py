"""What an OCI image config says about running things in the image.

Of all that a config holds, only environment, working directory and platform go into the settings of a state,
as in the reference client; the user of the image does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.oci import Platform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kairosfile.llb.settings import Settings


def applied(settings: Settings, config: Mapping[str, object]) -> Settings:
    """Return the settings with those of the config; raise ValueError where it has another shape."""
    process = config.get("config") or {}
    if not isinstance(process, dict):
        raise ValueError("image config: 'config' is not an object")  # noqa: TRY004 - data, not code
    for variable in _texts(process, "Env"):
        key, _, value = variable.partition("=")
        settings = settings.with_env(key, value) if key else settings
    settings = settings.with_cwd(_text(process, "WorkingDir"))
    platform = _platform(config)
    return settings._replace(platform=platform.normalized()) if platform else settings


def _platform(config: Mapping[str, object]) -> Platform | None:
    system, architecture = _text(config, "os"), _text(config, "architecture")
    if not system or not architecture:
        return None
    features = tuple(_texts(config, "os.features"))
    return Platform(system, architecture, _text(config, "variant"), _text(config, "os.version"), features)


def _text(config: Mapping[str, object], key: str) -> str:
    value = config.get(key) or ""
    if not isinstance(value, str):
        raise ValueError(f"image config: {key!r} is not text")  # noqa: TRY004 - data, not code
    return value


def _texts(config: Mapping[str, object], key: str) -> list[str]:
    value = config.get(key) or []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError(f"image config: {key!r} is not a list of text")
    return value
