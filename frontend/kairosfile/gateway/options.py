"""What the user asked for: the options of the request, read once into a frozen record.

BuildKit hands options over as environment variables in random order, `BUILDKIT_FRONTEND_OPT_3=key=value`.
Keys and formats are those of the Dockerfile frontend (frontend/dockerui/config.go and attr.go), because
buildx sends the same whatever the frontend. Unknown keys are ignored, as there; `raw` keeps all. An absent
key and an empty value differ: `no-cache` without a value means everything.
"""

from __future__ import annotations

import os
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from kairosfile.gateway import option_values as values
from kairosfile.gateway.containers import Containers, containers
from kairosfile.gateway.errors import OptionError
from kairosfile.llb import Platform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kairosfile.llb.image import ResolveMode

CACHE_FROM = "cache-from"
CACHE_IMPORTS = "cache-imports"
CONTEXT = "context"
CONTEXT_KEY = "contextkey"
CONTEXT_SUBDIR = "contextsubdir"
DOCKERFILE_KEY = "dockerfilekey"
FILENAME = "filename"
IMAGE_RESOLVE_MODE = "image-resolve-mode"
MULTI_PLATFORM = "multi-platform"
NO_CACHE = "no-cache"
PLATFORM = "platform"
REQUEST_ID = "requestid"
SOURCE = "source"
TARGET = "target"

BUILD_ARG_PREFIX = "build-arg:"
CONTEXT_PREFIX = "context:"
INPUT_METADATA_PREFIX = "input-metadata:"
LABEL_PREFIX = "label:"
LOCAL_SESSION_ID_PREFIX = "local-sessionid:"

ARG_CACHE_MOUNT_NS = "BUILDKIT_CACHE_MOUNT_NS"
ARG_MULTI_PLATFORM = "BUILDKIT_MULTI_PLATFORM"
ARG_SOURCE_DATE_EPOCH = "SOURCE_DATE_EPOCH"

_OPTION_VARIABLE = "BUILDKIT_FRONTEND_OPT_"
_SESSION_VARIABLE = "BUILDKIT_SESSION_ID"
_WORKERS_VARIABLE = "BUILDKIT_WORKERS"
_EXPORTED_PRODUCT_VARIABLE = "BUILDKIT_EXPORTEDPRODUCT"

_LAST_SECOND = 253402300799  # of the year 9999: RFC 3339, in which images write times, ends there
_RESOLVE_MODES: tuple[ResolveMode, ...] = ("default", "pull", "local")


class CacheImport(NamedTuple):
    """Where the daemon may find results of earlier builds (`--cache-from`)."""

    type: str
    attrs: Mapping[str, str]


class Options(NamedTuple):
    """The options of one build request.

    `platforms` are the targets, normalised, in the order of the request; without the option that is the
    native platform of the default worker. `multi_platform` says that the result must have one ref per
    platform. `no_cache` is None when the cache may be used, else the lower-case names of the steps that may
    not use it, empty for all steps. `context` is a URL, None for a local directory.
    `dockerfile_key` names the local directory that holds the entry file, None if none was named.
    `named_contexts` maps `name` or `name::platform` to where it is. `epoch` is SOURCE_DATE_EPOCH in seconds.
    `cache_namespace` keeps the cache mounts of this build apart from those of others.
    """

    filename: str
    dockerfile_key: str | None
    context: str | None
    target: str
    platforms: tuple[Platform, ...]
    native_platform: Platform
    multi_platform: bool
    build_args: Mapping[str, str]
    labels: Mapping[str, str]
    no_cache: frozenset[str] | None
    image_resolve_mode: ResolveMode
    cache_imports: tuple[CacheImport, ...]
    containers: Containers
    cache_namespace: str
    named_contexts: Mapping[str, str]
    request_id: str
    epoch: int | None
    session_id: str
    exported_product: str
    raw: Mapping[str, str]

    @classmethod
    def from_environ(cls, environ: Mapping[str, str], default_filename: str = "Dockerfile") -> Options:
        """Read the environment of a frontend's container; raises OptionError."""
        raw = _collect(environ)
        args = _with_prefix(raw, BUILD_ARG_PREFIX)
        native = _native_platform(environ.get(_WORKERS_VARIABLE, ""))
        platforms = _platforms(raw.get(PLATFORM, "")) or (native,)
        return cls(
            filename=raw.get(FILENAME) or default_filename,
            dockerfile_key=raw.get(DOCKERFILE_KEY),
            context=raw.get(raw.get(CONTEXT_KEY, CONTEXT)),
            target=raw.get(TARGET, ""),
            platforms=platforms,
            native_platform=native,
            multi_platform=_multi_platform(raw, args, len(platforms)),
            build_args=args,
            labels=_with_prefix(raw, LABEL_PREFIX),
            no_cache=_no_cache(raw.get(NO_CACHE)),
            image_resolve_mode=values.one_of(raw, IMAGE_RESOLVE_MODE, _RESOLVE_MODES) or "default",
            cache_imports=_cache_imports(raw),
            containers=containers(raw, args),
            cache_namespace=args.get(ARG_CACHE_MOUNT_NS, ""),
            named_contexts=_with_prefix(raw, CONTEXT_PREFIX),
            request_id=raw.get(REQUEST_ID, ""),
            epoch=_epoch(args.get(ARG_SOURCE_DATE_EPOCH, "")),
            session_id=environ.get(_SESSION_VARIABLE, ""),
            exported_product=environ.get(_EXPORTED_PRODUCT_VARIABLE, ""),
            raw=raw,
        )

    def local_session_id(self, name: str) -> str:
        """Return the session that serves the local directory `name`."""
        return self.raw.get(LOCAL_SESSION_ID_PREFIX + name) or self.session_id


def _collect(environ: Mapping[str, str]) -> Mapping[str, str]:
    options = (value for name, value in environ.items() if name.startswith(_OPTION_VARIABLE))
    return MappingProxyType(dict(sorted(option.partition("=")[::2] for option in options)))


def _with_prefix(raw: Mapping[str, str], prefix: str) -> Mapping[str, str]:
    named = {key.removeprefix(prefix): value for key, value in raw.items() if key.startswith(prefix)}
    return MappingProxyType(named)


def _platforms(text: str) -> tuple[Platform, ...]:
    try:
        return tuple(Platform.parse(item.strip()).normalized() for item in text.split(",") if text)
    except ValueError as error:
        raise OptionError(PLATFORM, str(error)) from error


def _native_platform(workers: str) -> Platform:
    """Return the default worker's platform, this machine's if the daemon does not name one."""
    records = values.json_list(_WORKERS_VARIABLE, workers)
    try:
        named = records[0]["platforms"][0]
    except (IndexError, KeyError, TypeError):
        return Platform("linux", os.uname().machine).normalized()
    platform = Platform(named.get("os", ""), named.get("architecture", ""), named.get("variant", ""))
    return platform.normalized()


def _multi_platform(raw: Mapping[str, str], args: Mapping[str, str], count: int) -> bool:
    key, text = MULTI_PLATFORM, raw.get(MULTI_PLATFORM)
    if ARG_MULTI_PLATFORM in args:
        key, text = BUILD_ARG_PREFIX + ARG_MULTI_PLATFORM, args[ARG_MULTI_PLATFORM]
    if not text:
        return count > 1
    wanted = values.boolean(key, text)
    if count > 1 and not wanted:
        raise OptionError(key, f"is false, but {count} platforms are asked for: name only one, or drop it")
    return wanted


def _no_cache(text: str | None) -> frozenset[str] | None:
    if text is None:
        return None
    return frozenset(name.strip().lower() for name in text.split(",") if text)


def _cache_imports(raw: Mapping[str, str]) -> tuple[CacheImport, ...]:
    listed = values.json_list(CACHE_IMPORTS, raw.get(CACHE_IMPORTS, ""))
    references = raw.get(CACHE_FROM, "")
    old = [CacheImport("registry", {"ref": reference}) for reference in references.split(",") if references]
    return (*(_cache_import(entry) for entry in listed), *old)


def _cache_import(entry: object) -> CacheImport:
    match entry:
        case {"Type": str(kind), **rest} if isinstance(attrs := rest.get("Attrs") or {}, dict):
            return CacheImport(kind, {str(key): str(value) for key, value in sorted(attrs.items())})
    raise OptionError(CACHE_IMPORTS, f'expected objects such as {{"Type": "registry"}}, not {entry!r}')


def _epoch(text: str) -> int | None:
    if not text:
        return None
    key, unit = BUILD_ARG_PREFIX + ARG_SOURCE_DATE_EPOCH, "seconds since 1970"
    seconds = values.integer(key, text, unit)
    if not 0 <= seconds <= _LAST_SECOND:
        raise OptionError(key, f"expected {unit}, up to the year 9999, not {seconds}")
    return seconds
