"""The command line of each release of AuroraBoot, as data: commands, their flags, and since when they exist.

The rows come from AuroraBoot's own definitions of its commands. Where the release that brought a flag is not
known, the row has the oldest release that is known to have it: stricter than the real one at most.
"""

from __future__ import annotations

import platform
import re
from dataclasses import dataclass, replace

FIRST = "v0.5.0"
NEWEST = "v0.26.2"

_TAG = re.compile(r"v(\d+)\.(\d+)\.(\d+)")
_NAMES_BY_RELEASE_FILE = "v0.6.5"
_SPLIT_KEYS = "v0.9.0"


class UnknownReleaseError(ValueError):
    """The text is no release tag of AuroraBoot from v0.5.0 on."""


def order(tag: str) -> tuple[int, ...]:
    """Return the sort key of a release tag."""
    match = _TAG.fullmatch(tag)
    if match is None:
        raise UnknownReleaseError(f"{tag!r} is no tag of AuroraBoot: it looks like {NEWEST}")
    return tuple(int(number) for number in match.groups())


def at_least(tag: str, since: str) -> bool:
    """Return whether a release is `since` or a later one."""
    return order(tag) >= order(since)


@dataclass(frozen=True, kw_only=True)
class Flag:
    """One flag; `kind` is string, bool, int or strings (repeatable, each value also split at commas)."""

    name: str
    short: str = ""
    kind: str = "string"
    default: str = ""
    required: bool = False
    since: str = FIRST
    until: str = ""

    def exists(self, release: str) -> bool:
        """Return whether a release has it; `until` is the first one without it."""
        return at_least(release, self.since) and not (self.until and at_least(release, self.until))


@dataclass(frozen=True)
class Command:
    """A command: its flags, and the names of its positional arguments."""

    name: str
    aliases: tuple[str, ...]
    flags: tuple[Flag, ...]
    words: tuple[str, ...]


_DEBUG = Flag(name="debug", kind="bool")
_INSECURE = Flag(name="allow-insecure-registries", kind="bool", since="v0.22.0")
_ROOT = Command("", (), (Flag(name="set", kind="strings"), Flag(name="cloud-config"), _DEBUG), ("config",))

_ISO = (
    Flag(name="cloud-config", short="c"),
    Flag(name="name", short="n", default="kairos", until=_NAMES_BY_RELEASE_FILE),
    Flag(name="override-name", short="n", since=_NAMES_BY_RELEASE_FILE),
    Flag(name="output", short="o"),
    Flag(name="date", kind="bool"),
    Flag(name="overlay-rootfs"),
    Flag(name="overlay-uefi", until="v0.20.0"),
    Flag(name="overlay-iso"),
    Flag(name="loglevel", short="l", default="info", since="v0.14.0"),
    Flag(name="arch", short="a", until=_NAMES_BY_RELEASE_FILE),
    Flag(name="arch", since=NEWEST),
    Flag(name="extend-live-cmdline", since="v0.20.0"),
    Flag(name="live-console", since="v0.26.0"),
    _INSECURE,
)
_UKI = (
    Flag(name="name", short="n"),
    Flag(name="output-dir", short="d", default="."),
    Flag(name="output-type", short="t", default="uki"),
    Flag(name="overlay-rootfs", short="o"),
    Flag(name="overlay-iso", short="i"),
    Flag(name="boot-branding", default="Kairos"),
    Flag(name="include-version-in-config", kind="bool"),
    Flag(name="include-cmdline-in-config", kind="bool"),
    Flag(name="extra-cmdline", short="c", kind="strings"),
    Flag(name="extend-cmdline", short="x"),
    Flag(name="single-efi-cmdline", short="s", kind="strings"),
    Flag(name="keys", short="k", required=True, until=_SPLIT_KEYS),
    Flag(name="default-entry", short="e", until=_SPLIT_KEYS),
    Flag(name="public-keys", since=_SPLIT_KEYS),
    Flag(name="tpm-pcr-private-key", required=True, since=_SPLIT_KEYS),
    Flag(name="sb-key", required=True, since=_SPLIT_KEYS),
    Flag(name="sb-cert", required=True, since=_SPLIT_KEYS),
    Flag(name="efi-size-warn", kind="int", default="1024"),
    Flag(name="secure-boot-enroll", default="if-safe"),
    Flag(name="splash", since="v0.8.0"),
    Flag(name="cmd-lines-v2", kind="bool", since=_SPLIT_KEYS),
    Flag(name="sdboot-in-source", kind="bool", since="v0.14.0"),
    replace(_INSECURE, since="v0.24.0"),
)
_GENKEY = (
    Flag(name="output", short="o", default="keys/"),
    Flag(name="expiration-in-days", short="e", default="365"),
    Flag(name="skip-microsoft-certs-I-KNOW-WHAT-IM-DOING", kind="bool"),
    Flag(name="custom-cert-dir"),
)
_COMMANDS = (
    _ROOT,
    Command("build-iso", ("bi",), _ISO, ("source",)),
    Command("build-uki", ("bu",), _UKI, ("source",)),
    Command("genkey", ("gk",), _GENKEY, ("name",)),
    Command("netboot", ("nb",), (_DEBUG,), ("iso-file", "output-dir", "output-artifact-prefix")),
)


def commands(release: str) -> dict[str, Command]:
    """Return the commands of a release by every name that they answer to, the top-level one as ``."""
    if not at_least(release, FIRST):
        raise UnknownReleaseError(f"{release} is older than {FIRST}, the first release that there is a stand-in for")
    known: dict[str, Command] = {}
    for command in _COMMANDS:
        flags = tuple(flag for flag in command.flags if flag.exists(release))
        short = command.aliases if at_least(release, _NAMES_BY_RELEASE_FILE) else ()
        known |= {name: replace(command, flags=flags) for name in (command.name, *short)}
    return known


def names_by_release_file(release: str) -> bool:
    """Return whether the release names files after the root's kairos-release and removes temporary files."""
    return at_least(release, _NAMES_BY_RELEASE_FILE)


def has_split_keys(release: str) -> bool:
    """Return whether build-uki takes the keys one by one, not as a directory."""
    return at_least(release, _SPLIT_KEYS)


def machine() -> str:
    """Return the architecture of this machine as Go names it."""
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
