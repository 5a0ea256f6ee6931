"""The options of a build request, read once into a frozen record.

BuildKit passes options as environment variables in random order, `BUILDKIT_FRONTEND_OPT_3=key=value`. Keys and formats
are those of the Dockerfile frontend (frontend/dockerui/config.go and attr.go), because buildx sends the same to every
frontend: Go's booleans, one CSV record, JSON; an invalid value is an OptionError. Unknown keys are ignored, as
there; `raw_options` keeps all. An absent key and an empty value differ: `no-cache` without a value means all steps.

`ContainerOptions` are the settings of the containers of all steps (`--network`, `--add-host`, limits). States inherit
most of them, so they are set on the first state, and a setting of a step takes precedence.
BuildKit decides which of them are part of a cache key (solver/llbsolver/ops/exec.go): all but the addresses of hosts;
`--shm-size` as any mount; limits of memory and CPU never.
"""

from __future__ import annotations

import posix
from typing import TYPE_CHECKING, Any, TypeVar

from kairosfile import llb
from kairosfile.gateway.known_options import flag
from kairosfile.interpreter import MappingProxyType
from kairosfile.json_text import parse_json
from kairosfile.llb import Platform, caps
from kairosfile.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kairosfile.gateway.rare_errors import OptionError
    from kairosfile.llb import Capabilities, State
    from kairosfile.llb.settings import Network
    from kairosfile.llb.source import ResolveMode


Choice = TypeVar("Choice", bound=str)

_TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})  # strconv.ParseBool
_FALSE = frozenset({"0", "f", "F", "false", "FALSE", "False"})

ADD_HOSTS = "add-hosts"
CGROUP_PARENT = "cgroup-parent"
FORCE_NETWORK_MODE = "force-network-mode"
HOSTNAME = "hostname"
SHM_SIZE = "shm-size"
ULIMIT = "ulimit"
_AMOUNTS = ("memory", "memswap", "cpushares", "cpuperiod", "cpuquota")
_SETS = ("cpusetcpus", "cpusetmems")
_RESOURCES = (*_AMOUNTS, *_SETS)  # in the order of the fields of LinuxResources
ARG_SANDBOX_HOSTNAME = "BUILDKIT_SANDBOX_HOSTNAME"

_NETWORKS: tuple[Network, ...] = ("host", "none", "sandbox")

_NEEDS = (
    ("ulimits", caps.EXEC_META_ULIMIT, "set limits of processes"),
    ("cgroup_parent", caps.EXEC_META_CGROUP_PARENT, "choose the control group of a step"),
    ("shm_size", caps.EXEC_MOUNT_TMPFS_SIZE, "choose the size of /dev/shm"),
    ("resources", caps.EXEC_META_LINUX_RESOURCES, "limit the memory and processors of a step"),
)

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

_LAST_SECOND = 253402300799  # of the year 9999: RFC 3339, in which images write times, ends there
_RESOLVE_MODES: tuple[ResolveMode, ...] = ("default", "pull", "local")


def _option_error(key: str, problem: str) -> OptionError:
    from kairosfile.gateway.rare_errors import OptionError  # noqa: PLC0415

    return OptionError(key, problem)


def boolean(key: str, text: str) -> bool:
    """Parse a boolean as Go does; raises OptionError."""
    if text not in _TRUE | _FALSE:
        raise _option_error(key, f'expected true or false, not "{text}"')
    return text in _TRUE


def one_of(raw_options: Mapping[str, str], key: str, known: tuple[Choice, ...]) -> Choice | None:
    """Return the value of an option with few choices, None if it is absent or empty; raises OptionError."""
    value = raw_options.get(key)
    if not value:
        return None
    for choice in known:
        if choice == value:
            return choice
    raise _option_error(key, f'unknown value "{value}": use {", ".join(known)}')


def integer(key: str, text: str, unit: str) -> int:
    """Parse a whole number of `unit`; raises OptionError."""
    try:
        return int(text)
    except ValueError as error:
        raise _option_error(key, f'expected {unit} as a whole number, not "{text}"') from error


def csv_fields(key: str, text: str) -> list[str]:
    """Parse one CSV record (RFC 4180), an empty text as no fields; raises OptionError."""
    if not text:
        return []
    import csv  # noqa: PLC0415 - few builds have such an option
    from io import StringIO  # noqa: PLC0415

    try:
        return next(csv.reader(StringIO(text, newline=""), strict=True))
    except (csv.Error, StopIteration) as error:
        raise _option_error(key, f'expected fields separated by commas, not "{text}" ({error})') from error


def json_list(key: str, text: str) -> list[Any]:
    """Parse a JSON array, an empty text as an empty one; raises OptionError."""
    try:
        value = parse_json(text or "[]")
    except ValueError as error:
        raise _option_error(key, f"expected JSON: {error}") from error
    if value is None:  # Go's encoding of a nil slice
        return []
    if not isinstance(value, list):
        raise _option_error(key, f"expected a JSON array, not {text}")
    return value


def ip_address(key: str, text: str) -> str:
    """Parse an IPv4 or IPv6 address and return its canonical form; raises OptionError."""
    import ipaddress  # noqa: PLC0415 - few builds have such an option

    try:
        return str(ipaddress.ip_address(text.removeprefix("[").removesuffix("]")))
    except ValueError as error:
        raise _option_error(key, f'expected an IP address, not "{text}"') from error


class ContainerOptions(NamedTuple):
    """The requested settings, by default none. `shm_size` is in bytes, 0 for the daemon's default."""

    network: Network | None = None
    hosts: tuple[llb.Host, ...] = ()
    hostname: str = ""
    ulimits: tuple[llb.Ulimit, ...] = ()
    cgroup_parent: str = ""
    shm_size: int = 0
    resources: llb.LinuxResources | None = None

    def applied(self, state: State) -> State:
        """Return a state that passes on these options, except those that states do not carry."""
        state = state if self.network is None else state.network(self.network)
        for host in self.hosts:
            state = state.add_host(*host)
        for ulimit in self.ulimits:
            state = state.ulimit(*ulimit)
        state = state.hostname(self.hostname) if self.hostname else state
        return state.cgroup_parent(self.cgroup_parent) if self.cgroup_parent else state

    def within(self, capabilities: Capabilities) -> tuple[ContainerOptions, list[str]]:
        """Return the options that a daemon with these capabilities supports, and a sentence for each other one."""
        supported, sentences = self, []
        for field, capability, effect in _NEEDS:
            if getattr(self, field) and not capabilities.supports(capability):
                supported = supported._replace(**{field: _NOTHING[field]})
                options = ", ".join(map(flag, self._keys(field)))
                sentences.append(f"{options} has no effect: this BuildKit cannot {effect} (it lacks {capability})")
        return supported, sentences

    def _keys(self, field: str) -> list[str]:
        """Return the options that set a field."""
        if field != "resources":
            return [{"ulimits": ULIMIT, "cgroup_parent": CGROUP_PARENT, "shm_size": SHM_SIZE}[field]]
        return [key for key, value in zip(_RESOURCES, self.resources or (), strict=True) if value]


_NOTHING = ContainerOptions._field_defaults


def containers(raw_options: Mapping[str, str], build_args: Mapping[str, str]) -> ContainerOptions:
    """Parse the container options of a request; raises OptionError."""
    return ContainerOptions(
        network=one_of(raw_options, FORCE_NETWORK_MODE, _NETWORKS),
        hosts=tuple(_host(field) for field in csv_fields(ADD_HOSTS, raw_options.get(ADD_HOSTS, ""))),
        hostname=build_args.get(ARG_SANDBOX_HOSTNAME) or raw_options.get(HOSTNAME, ""),
        ulimits=tuple(_ulimit(field) for field in csv_fields(ULIMIT, raw_options.get(ULIMIT, ""))),
        cgroup_parent=raw_options.get(CGROUP_PARENT, ""),
        shm_size=_amount(SHM_SIZE, raw_options.get(SHM_SIZE) or "0"),
        resources=_resources(raw_options),
    )


def _host(field: str) -> llb.Host:
    name, equals, address = field.lower().partition("=")
    if not equals or not name:
        raise _option_error(ADD_HOSTS, f'expected host=address, not "{field}"')
    return llb.Host(name, ip_address(ADD_HOSTS, address))


def _ulimit(field: str) -> llb.Ulimit:
    name, equals, limits = field.partition("=")
    soft, colon, hard = limits.partition(":")
    if not equals or not name:
        raise _option_error(ULIMIT, f'expected name=soft or name=soft:hard, not "{field}"')
    unit = "a limit"
    return llb.Ulimit(name, integer(ULIMIT, soft, unit), integer(ULIMIT, hard if colon else soft, unit))


def _resources(raw_options: Mapping[str, str]) -> llb.LinuxResources | None:
    if not raw_options.keys() & _RESOURCES:
        return None
    memory, swap, shares, period, quota = (_amount(key, raw_options.get(key) or "0") for key in _AMOUNTS)
    processors, nodes = (raw_options.get(key, "") for key in _SETS)
    resources = llb.LinuxResources(memory, swap, shares, period, quota, processors, nodes)
    return None if resources == llb.LinuxResources() else resources


def _amount(key: str, text: str) -> int:
    return integer(key, text, "a number of bytes" if key in (SHM_SIZE, "memory", "memswap") else "a number")


class CacheImport(NamedTuple):
    """A cache with results of earlier builds (`--cache-from`)."""

    type: str
    attrs: Mapping[str, str]


class Options(NamedTuple):
    """The options of one build request.

    `platforms` are the targets, normalised, in the order of the request; by default the native platform of
    the default worker. `multi_platform` is True if the result must have one ref per platform. `no_cache` is
    None if the cache may be used, else the lower-case names of the steps that may not use it, empty for all
    steps. `context` is a URL, None for a local directory.
    `dockerfile_key` names the local directory that holds the entry file, None if none was named.
    `named_contexts` maps `name` or `name::platform` to its value. `source_date_epoch` is in seconds since 1970.
    `cache_namespace` separates the cache mounts of this build from those of others.
    """

    filename: str
    dockerfile_key: str | None
    context: str | None
    target: str
    platforms: tuple[Platform, ...]
    build_platform: Platform
    multi_platform: bool
    build_args: Mapping[str, str]
    labels: Mapping[str, str]
    no_cache: frozenset[str] | None
    image_resolve_mode: ResolveMode
    cache_imports: tuple[CacheImport, ...]
    containers: ContainerOptions
    cache_namespace: str
    named_contexts: Mapping[str, str]
    request_id: str
    source_date_epoch: int | None
    session_id: str
    raw_options: Mapping[str, str]

    @classmethod
    def from_environ(cls, environ: Mapping[str, str], default_filename: str = "Dockerfile") -> Options:
        """Parse the options of a request.

        Args:
            environ: Environment of the frontend's container.
            default_filename: Name of the entry file if the user names none.

        Raises:
            OptionError: An option has an invalid value.
        """
        raw_options = _collect(environ)
        args = _with_prefix(raw_options, BUILD_ARG_PREFIX)
        native = _native_platform(environ.get(_WORKERS_VARIABLE, ""))
        platforms = _platforms(raw_options.get(PLATFORM, "")) or (native,)
        return cls(
            filename=raw_options.get(FILENAME) or default_filename,
            dockerfile_key=raw_options.get(DOCKERFILE_KEY),
            context=raw_options.get(raw_options.get(CONTEXT_KEY, CONTEXT)),
            target=raw_options.get(TARGET, ""),
            platforms=platforms,
            build_platform=native,
            multi_platform=_multi_platform(raw_options, args, len(platforms)),
            build_args=args,
            labels=_with_prefix(raw_options, LABEL_PREFIX),
            no_cache=_no_cache(raw_options.get(NO_CACHE)),
            image_resolve_mode=one_of(raw_options, IMAGE_RESOLVE_MODE, _RESOLVE_MODES) or "default",
            cache_imports=_cache_imports(raw_options),
            containers=containers(raw_options, args),
            cache_namespace=args.get(ARG_CACHE_MOUNT_NS, ""),
            named_contexts=_with_prefix(raw_options, CONTEXT_PREFIX),
            request_id=raw_options.get(REQUEST_ID, ""),
            source_date_epoch=_epoch(args.get(ARG_SOURCE_DATE_EPOCH, "")),
            session_id=environ.get(_SESSION_VARIABLE, ""),
            raw_options=raw_options,
        )

    def local_session_id(self, name: str) -> str:
        """Return the session that serves the local directory `name`."""
        return self.raw_options.get(LOCAL_SESSION_ID_PREFIX + name) or self.session_id


def _is_text(option: str) -> bool:
    return not any("\ud800" <= mark <= "\udfff" for mark in option)


def _collect(environ: Mapping[str, str]) -> Mapping[str, str]:
    options = [value for name, value in environ.items() if name.startswith(_OPTION_VARIABLE)]
    try:
        "".join(options).encode()
    except UnicodeEncodeError as error:
        name = next(option.partition("=")[0] for option in options if not _is_text(option))
        raise _option_error(name.encode(errors="replace").decode(), "it is not UTF-8") from error
    return MappingProxyType(dict(sorted(option.partition("=")[::2] for option in options)))


def _with_prefix(raw_options: Mapping[str, str], prefix: str) -> Mapping[str, str]:
    named = {key.removeprefix(prefix): value for key, value in raw_options.items() if key.startswith(prefix)}
    return MappingProxyType(named)


def _platforms(text: str) -> tuple[Platform, ...]:
    try:
        return tuple(Platform.parse(item.strip()).normalized() for item in text.split(",") if text)
    except ValueError as error:
        raise _option_error(PLATFORM, str(error)) from error


def _native_platform(workers: str) -> Platform:
    """Return the default worker's platform, this machine's if the daemon does not name one."""
    records = json_list(_WORKERS_VARIABLE, workers)
    try:
        named = records[0]["platforms"][0]
    except (IndexError, KeyError, TypeError):
        return Platform("linux", posix.uname().machine).normalized()
    platform = Platform(named.get("os", ""), named.get("architecture", ""), named.get("variant", ""))
    return platform.normalized()


def _multi_platform(raw_options: Mapping[str, str], args: Mapping[str, str], count: int) -> bool:
    key, text = MULTI_PLATFORM, raw_options.get(MULTI_PLATFORM)
    if ARG_MULTI_PLATFORM in args:
        key, text = BUILD_ARG_PREFIX + ARG_MULTI_PLATFORM, args[ARG_MULTI_PLATFORM]
    if not text:
        return count > 1
    value = boolean(key, text)
    if count > 1 and not value:
        raise _option_error(key, f"is false, but {count} platforms are requested: name only one, or drop it")
    return value


def _no_cache(text: str | None) -> frozenset[str] | None:
    if text is None:
        return None
    return frozenset(name.strip().lower() for name in text.split(",") if text)


def _cache_imports(raw_options: Mapping[str, str]) -> tuple[CacheImport, ...]:
    listed = json_list(CACHE_IMPORTS, raw_options.get(CACHE_IMPORTS, ""))
    references = raw_options.get(CACHE_FROM, "")
    old = [CacheImport("registry", {"ref": reference}) for reference in references.split(",") if references]
    return (*(_cache_import(entry) for entry in listed), *old)


def _cache_import(entry: object) -> CacheImport:
    match entry:
        case {"Type": str(kind), **rest} if isinstance(attrs := rest.get("Attrs") or {}, dict):
            return CacheImport(kind, {str(key): str(value) for key, value in sorted(attrs.items())})
    raise _option_error(CACHE_IMPORTS, f'expected objects such as {{"Type": "registry"}}, not {entry!r}')


def _epoch(text: str) -> int | None:
    if not text:
        return None
    key, unit = BUILD_ARG_PREFIX + ARG_SOURCE_DATE_EPOCH, "seconds since 1970"
    seconds = integer(key, text, unit)
    if not 0 <= seconds <= _LAST_SECOND:
        raise _option_error(key, f"expected {unit}, up to the year 9999, not {seconds}")
    return seconds
