"""The small parts of vectors: whatever names no other node."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from kairosfile import llb
from tests.golden.fields import Fields

if TYPE_CHECKING:
    from collections.abc import Callable


def with_settings(state: llb.State, settings: list[dict[str, Any]]) -> llb.State:
    """Apply a `set` list in order."""
    for item in settings:
        for key, value in item.items():
            state = _SETTINGS[key](state, value)
    return state


def platform(values: dict[str, Any]) -> llb.Platform:
    with Fields("platform", values) as fields:
        features = tuple(fields.take("osFeatures", ()))
        options = fields.rename("os", "architecture", "variant", os_version="osVersion")
        return llb.Platform(**options, os_features=features)


def octal(fields: Fields) -> dict[str, Any]:
    """Take a mode, if there is one."""
    return {name: int(text, 8) for name, text in fields.rename("mode").items()}


def secret(values: dict[str, Any]) -> llb.Secret:
    with Fields("secret", values) as fields:
        return llb.Secret(**fields.rename("id", "target", "env", "uid", "gid", "optional"), **octal(fields))


def ssh(values: dict[str, Any]) -> llb.Ssh:
    with Fields("ssh", values) as fields:
        return llb.Ssh(**fields.rename("id", "target", "uid", "gid", "optional"), **octal(fields))


def linux_resources(values: dict[str, Any]) -> llb.LinuxResources:
    with Fields("linuxResources", values) as fields:
        return llb.LinuxResources(
            **fields.rename(
                "memory",
                memory_swap="memorySwap",
                cpu_shares="cpuShares",
                cpu_period="cpuPeriod",
                cpu_quota="cpuQuota",
                cpuset_cpus="cpusetCpus",
                cpuset_mems="cpusetMems",
            )
        )


def text_range(values: dict[str, Any]) -> llb.Range:
    with Fields("range", values) as fields:
        return llb.Range(*_position(fields.take("start")), *_position(fields.take("end")))


def action(kind: str, fields: Fields) -> Any:
    """Read an action that reads no other state."""
    return _ACTIONS[kind](fields, shared(fields))


def shared(fields: Fields) -> dict[str, Any]:
    """Take what most actions have: mode, owner and time."""
    options = octal(fields)
    options |= {name: _owner(values) for name, values in fields.rename("owner").items()}
    return options | {name: int(text) for name, text in fields.rename(timestamp="timestampNs").items()}


def _mkdir(fields: Fields, options: dict[str, Any]) -> Any:
    return llb.mkdir(**fields.rename("path", "parents"), **options)


def _mkfile(fields: Fields, options: dict[str, Any]) -> Any:
    encoded, text = fields.take("dataBase64"), fields.take("data", "")
    data = text.encode() if encoded is None else base64.b64decode(encoded)
    return llb.mkfile(fields.take("path"), data, **options)


def _rm(fields: Fields, options: dict[str, Any]) -> Any:
    names = {"allow_not_found": "allowNotFound", "allow_wildcard": "allowWildcard"}
    return llb.rm(**fields.rename("path", **names), **options)


def _symlink(fields: Fields, options: dict[str, Any]) -> Any:
    return llb.symlink(fields.take("oldPath"), fields.take("newPath"), **options)


def _owner(values: dict[str, Any]) -> llb.Owner:
    with Fields("owner", values) as fields:
        spec = fields.take("spec")
        if spec is not None:
            return llb.Owner.parse(spec)
        return llb.Owner(_who(fields.take("user")), _who(fields.take("group")))


def _who(values: dict[str, Any] | None) -> int | str | None:
    if values is None:
        return None
    with Fields("user or group", values) as fields:
        name, number = fields.take("name"), fields.take("id")
        actual: int | str = name if number is None else number
        return actual


def _position(values: dict[str, Any]) -> tuple[int, int]:
    with Fields("position", values) as fields:
        return fields.take("line", 0), fields.take("character", 0)


_SETTINGS: dict[str, Callable[[llb.State, Any], llb.State]] = {
    "env": lambda state, pair: state.env(*pair),
    "dir": lambda state, path: state.cwd(path),
    "user": lambda state, name: state.user(name),
    "hostname": lambda state, name: state.hostname(name),
    "network": lambda state, mode: state.network(mode),
    "security": lambda state, mode: state.security(mode),
    "extraHost": lambda state, pair: state.add_host(*pair),
    "ulimit": lambda state, limit: state.ulimit(**limit),
    "cgroupParent": lambda state, name: state.cgroup_parent(name),
    "platform": lambda state, values: state.platform(platform(values)),
}

_ACTIONS: dict[str, Callable[[Fields, dict[str, Any]], Any]] = {
    "mkdir": _mkdir,
    "mkfile": _mkfile,
    "rm": _rm,
    "symlink": _symlink,
}
