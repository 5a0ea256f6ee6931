"""What one release does that another does not, beyond its command line: rendered as shell settings.

The one idea: a switch is true for the releases between two tags, so that the fragments ask
`$cleans_tmp` and never compare versions. The rows come from the fact sheet's sections on the stages, the
files they write, the bases they accept and the validation; what `kairos-init.json` holds in a regular
form (keys of kairos-release, environment variables, embedded binaries, models) is read from there.
"""

from __future__ import annotations

import re
import shlex
from typing import Any

from tests.support.standins.releases import details, dialect, facts, order

Interval = tuple[str, str | None]
"""From the first tag on, and before the second; None where it still holds."""

_EMBEDDED: Interval = ("v0.5.0-rc1", None)

_SWITCHES: dict[str, tuple[Interval, ...]] = {
    # command line and settings
    "refuses_fips_on_riscv64": (("v0.10.0-rc1", None),),
    "refuses_fips_on_ubuntu": (("v0.3.0", None),),
    "accepts_derivatives": (("v0.7.2", None),),
    # files
    "appends_to_one_log": (("v0.4.8", None),),
    "dumps_each_stage": (("v0.4.1", None),),
    "prints_usage_after_failure": (_EMBEDDED,),
    # install
    "adds_non_free_firmware": (_EMBEDDED,),
    "reads_overrides": (_EMBEDDED,),
    "installs_kernel_apart": (("v0.5.5", None),),
    "needs_version_id": (("v0.5.5", None),),
    "configures_initramfs_in_init": (("v0.5.5", None),),
    "installs_framework_units": (("v0.0.1", "v0.5.0-rc1"),),
    "installs_kairos_installer": (("v0.14.7", None),),
    "installs_kubernetes": (("v0.2.0", None),),
    "asks_provider_plugins": (("v0.6.0-RC1", None),),
    # init
    "links_lowest_kernel": (("v0.0.1", "v0.6.2"),),
    "prefers_raspberry_kernel": (("v0.15.2", None),),
    "removes_dracut": (("v0.0.1", "v0.5.0-rc1"),),
    "removes_host_keys": (("v0.4.6", None),),
    "cleans_tmp": (_EMBEDDED,),
    "hardens_ssh": (("v0.17.3", None),),
    "guards_modules_extra": (
        ("v0.8.13", "v0.9.0"),
        ("v0.14.8", "v0.15.0"),
        ("v0.15.3", "v0.16.0"),
        ("v0.16.2", None),
    ),
    "writes_plain_k3s_version": (("v0.2.0", "v0.4.9"),),
    # validate
    "validates_kcrypt": (("v0.0.1", "v0.5.0-rc1"),),
    "validates_units": (("v0.0.1", "v0.5.0-rc1"),),
    "validates_software_keys": (("v0.2.0", "v0.5.0-rc1"),),
    "validates_var_lock": (("v0.2.5", None),),
    "validates_initrd_content": (("v0.2.0", None),),
    "validates_host_keys": (("v0.4.6", None),),
    "validates_link": (("v0.5.1", None),),
    "validates_mount_nfs": (("v0.5.2", None),),
    "validates_executables": (("v0.5.2", None),),
    "validates_getty": (("v0.5.16", None),),
    "spares_hadron_mount_nfs": (("v0.7.0", None),),
    "validates_kernel": (("v0.15.2", None),),
}

_VERSION_FORMS: tuple[tuple[str, str], ...] = (
    ("v0.0.1", "framework"),
    ("v0.2.5", "raw"),
    ("v0.2.6", "bare"),
    ("v0.4.4", "prefixed"),
)
_MODULES_EXTRA: tuple[tuple[str, str], ...] = (
    ("v0.0.1", "never"),
    ("v0.5.0-rc1", "any"),
    ("v0.5.17", "20-24"),
    ("v0.5.18", "any"),
    ("v0.6.0-RC1", "20-24"),
)
_OS_IDS: tuple[tuple[str, Interval], ...] = (
    ("debian ubuntu fedora rocky almalinux opensuse-leap opensuse-tumbleweed sles alpine arch", ("v0.0.1", None)),
    ("redhat", ("v0.0.1", "v0.5.0-rc1")),
    ("rhel", _EMBEDDED),
    ("hadron", ("v0.6.0-RC1", None)),
    ("sle-micro-rancher", ("v0.8.0", None)),
    ("ol", ("v0.9.0", None)),
)


def render(tag: str) -> str:
    """Render every setting of one release as shell assignments."""
    lines = [f"{name}={'true' if _holds(tag, rows) else 'false'}" for name, rows in _SWITCHES.items()]
    lines += [f"{name}={shlex.quote(value)}" for name, value in _texts(tag).items()]
    return "\n".join(lines) + "\n"


def _texts(tag: str) -> dict[str, str]:
    spoken = dialect(tag)
    embedded: dict[str, str] = details(tag).get("embedded", {})
    return {
        "release": tag,
        "version_form": _newest(tag, _VERSION_FORMS),
        "modules_extra_on_ubuntu": _newest(tag, _MODULES_EXTRA),
        "os_ids": " ".join(ids for ids, interval in _OS_IDS if _holds(tag, (interval,))),
        "release_keys": " ".join(release_keys(tag)),
        "recorded_environment": " ".join(_environment(tag)),
        "embedded_versions": " ".join(f"{name}={version}" for name, version in sorted(embedded.items())),
        **_version_texts(spoken["version_parsing"]),
        "checks_model_architecture": str(bool(spoken["models"]["arch_checked"])).lower(),
    }


def _holds(tag: str, intervals: tuple[Interval, ...]) -> bool:
    return any(order(first) <= order(tag) and (end is None or order(tag) < order(end)) for first, end in intervals)


def _newest(tag: str, rows: tuple[tuple[str, str], ...]) -> str:
    return [value for first, value in rows if order(first) <= order(tag)][-1]


def _version_texts(parsing: dict[str, Any]) -> dict[str, str]:
    error = str(parsing.get("error_text", ""))
    return {
        "version_pattern": posix_pattern(str(parsing.get("pattern", ""))),
        "version_error": error.removesuffix(": <value>"),
    }


def posix_pattern(pattern: str) -> str:
    r"""Turn a pattern of Go's regexp package into a POSIX extended one that accepts the same texts.

    A lazy `*?` differs only in what it captures; in a POSIX bracket `\-` does not escape, so the hyphen
    goes last.
    """
    return re.sub(r"\[([^\]]*?)\\-([^\]]*)\]", r"[\1\2-]", pattern.replace("*?", "*"))


def release_keys(tag: str) -> tuple[str, ...]:
    """Return the keys that init writes to /etc/kairos-release, the standard-only ones included."""
    keys: list[str] = []
    for interval, change in facts()["kairos_release_keys"].items():
        if interval == "value_notes" or order(interval.split("-")[0])[:3] > order(tag)[:3]:
            continue
        if isinstance(change, list):
            keys += change
        else:
            _apply(change, keys)
    return tuple(keys)


def _apply(change: str, keys: list[str]) -> None:
    sign = "+"
    for item, key in re.findall(r"(?:([+-]) )?(KAIROS_\w+)", change):
        sign = item or sign
        if sign == "+":
            keys.append(key)
        else:
            keys.remove(key)


def _environment(tag: str) -> list[str]:
    """Return the variables that the release, or a hook of its packages, reads; proxies have no place in an image."""
    since = {
        name: re.match(r"v[\d.]+", text)
        for name, text in facts()["environment_variables"].items()
        if name.isupper() and name.isidentifier()
    }
    return ["INITRD", *(name for name, first in since.items() if first and order(first[0])[:3] <= order(tag)[:3])]
