"""Converts a RUN without a kairos-init call into one step with its mounts."""

from __future__ import annotations

import csv
import posixpath
import re
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from kairosfile.dockerfile.adopt.calls import PROGRAM
from kairosfile.dockerfile.adopt.detect import Command, detect
from kairosfile.dockerfile.adopt.ejected import exported
from kairosfile.dockerfile.adopt.scripts import MAX_TEXT, escaped, reads, run_field
from kairosfile.dockerfile.adopt.state import ROOT_USERS
from kairosfile.dockerfile.shell import NotFollowedError
from kairosfile.sections.hooks.mounts import is_cache_id

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kairosfile.dockerfile.adopt.account import Entry
    from kairosfile.dockerfile.adopt.scripts import Script
    from kairosfile.dockerfile.adopt.state import Adoption, Data

_TARGETS = ("target", "dst", "destination")
_SOURCES = ("source", "src")
_KNOWN = {
    "bind": {"from", "rw", "readwrite", "ro", "readonly"},
    "cache": {"id", "sharing"},
    "tmpfs": {"size"},
    "secret": {"id", "env", "required", "mode", "uid", "gid"},
    "ssh": {"id", "required", "mode", "uid", "gid"},
}


def add_run(adoption: Adoption, entry: Entry, script: Script, mounts: Sequence[Mapping[str, str]]) -> None:
    """Add a step for a RUN without a call."""
    if adoption.ejected is not None and script.shell:
        env, text = exported(script.text)
        script = replace(script, env=script.env | env, text=text)
    try:
        shown = [step_mount(adoption, mount, entry) for mount in mounts]
        text = script.text or shlex.join(script.argv)
        named = frozenset(re.findall(r"\$\{?([A-Za-z_]\w*)", " ".join([text, *script.argv])))
        unset = _unset_operators(adoption, text)
        env, exports = adoption.environment(named, reads(adoption, script), entry)
    except (NotFollowedError, ValueError, KeyError) as error:
        adoption.add_placeholder(entry, str(error) if not isinstance(error, KeyError) else f"a mount without {error}")
        return
    if unset:
        adoption.report_unsupported(entry, f"{unset} is empty in the step where it is not set in the Dockerfile")
    env |= escaped(script.env)
    step = None if exports else _detected(adoption, entry, script, env, mounts)
    if step is not None:
        adoption.add_step(entry, step)
        return
    run: Data = {"run": run_field(script, exports)}
    run |= {"mounts": shown} if shown else {}
    run |= {"env": env} if env else {}
    run |= adoption.user_and_workdir(entry) | run_flags(adoption, entry)
    if len(str(run["run"])) > MAX_TEXT:
        adoption.add_placeholder(entry, f"its text has more than {MAX_TEXT} characters")
        return
    if not str(run["run"]).strip():
        entry.no_effect("an empty script")
        return
    adoption.add_step(entry, run)


def _unset_operators(adoption: Adoption, text: str) -> str:
    """Return an arg without a default whose presence the text tests."""
    for name, operator in re.findall(r"\$\{([A-Za-z_]\w*)([-+?=])", text):
        declared = adoption.scope.variables.get(name)
        args = declared.value.args if declared is not None and not declared.is_env else ()
        if operator and args and all(arg.default is None for arg in args):
            return str(name)
    return ""


def _detected(
    adoption: Adoption, entry: Entry, script: Script, env: dict[str, str], mounts: Sequence[Mapping[str, str]]
) -> Data | None:
    """Return a step of a more specific kind with the effect of a RUN, or None."""
    caches = tuple(mount.get("target", "") for mount in mounts if mount["type"] == "cache")
    others = {name for name, _ in entry.instruction.flags} - {"mount", "network"}
    if len(caches) != len(mounts) or others or adoption.user.value not in ROOT_USERS:
        return None
    argv = (*script.shell, script.text) if script.shell else script.argv
    network = entry.instruction.flag("network") or "default"
    detected = detect(Command(argv, env, caches, network), adoption.stages.base.start.text)
    if detected is None:
        return None
    if detected.family:
        adoption.family = detected.family
    return detected.step


def run_flags(adoption: Adoption, entry: Entry) -> Data:
    """Return the network of a step; report flags that steps do not support."""
    for name, value in entry.instruction.flags:
        if name not in ("mount", "network") and (name, value) != ("security", "sandbox"):
            adoption.report_unsupported(entry, f"a step has no --{name}={value}; the rest is adopted")
    network = entry.instruction.flag("network")
    return {} if network in ("", "default") else {"network": network}


def options(text: str) -> dict[str, str]:
    """Return the options of `--mount`, by the first of their names; a switch has the value "true"."""
    try:
        (row,) = csv.reader([text], strict=True)
    except (csv.Error, ValueError) as error:  # quotes in a field, several lines
        raise ValueError(f"--mount={text}") from error
    fields = {name: value if equals else "true" for name, equals, value in (each.partition("=") for each in row)}
    for names in (_TARGETS, _SOURCES):
        for name in names[1:]:
            if name in fields:
                fields[names[0]] = fields.pop(name)
    return {"type": "bind"} | fields


def program_path(mount: Mapping[str, str]) -> str:
    """Return the path of kairos-init in a mount, empty if the mount lacks it."""
    target, source = mount.get("target", ""), mount.get("source", "")
    if mount["type"] != "bind" or not mount.get("from"):
        return ""
    if posixpath.basename(source) == PROGRAM or posixpath.basename(target) == PROGRAM:
        return target
    return posixpath.join(target, PROGRAM) if not source.strip("/") else ""


def step_mount(adoption: Adoption, fields: Mapping[str, str], entry: Entry) -> Data:
    """Return a mount of a step; raises ValueError if a Kairosfile does not support it."""
    kind = fields["type"]
    strange = fields.keys() - {"type", "target", "source"} - _KNOWN.get(kind, set())
    if kind not in _KNOWN or strange:
        raise ValueError(f"a step has no mount with {', '.join(sorted(strange)) or f'type={kind}'}")
    if kind == "cache" and (fields.get("from") or fields.get("source")):
        raise ValueError("a step has no cache that begins with files")
    members = _bind(adoption, fields, entry) if kind == "bind" else _other_mount(adoption, fields, entry)
    return {"type": kind, **members}


def _bind(adoption: Adoption, fields: Mapping[str, str], entry: Entry) -> Data:
    mount: Data = {"target": adoption.path(_field(adoption, fields["target"], entry))}
    if fields.get("from"):
        mount["from"] = adoption.image_field(adoption.source(fields["from"], entry), entry)
    source = fields.get("source", "")
    if source.strip("/.") or source.strip("/"):
        mount["source"] = _field(adoption, source, entry)
    if "true" in (fields.get("rw"), fields.get("readwrite")):
        mount["writable"] = True
    return mount


def _other_mount(adoption: Adoption, fields: Mapping[str, str], entry: Entry) -> Data:
    names = ("id", "target", "env", "sharing", "size", "mode")
    mount: Data = {name: _field(adoption, fields[name], entry) for name in names if name in fields}
    if "target" in mount:
        mount["target"] = adoption.path(mount["target"])
    if fields["type"] == "cache" and "id" in mount and "$" not in mount["id"] and not is_cache_id(mount["id"]):
        del mount["id"]  # such as that of a package manager's cache: it only says which steps share it
    mount |= {name: int(fields[name]) for name in ("uid", "gid") if name in fields}
    if fields["type"] == "secret":
        mount.setdefault("id", posixpath.basename(fields.get("target", "")))
        if mount.get("target") == f"/run/secrets/{mount['id'].rpartition('/')[2]}":
            del mount["target"]
    if fields["type"] in ("secret", "ssh") and fields.get("required", "false") != "true":
        mount["required"] = False
    return mount


def _field(adoption: Adoption, text: str, entry: Entry) -> str:
    return adoption.scope.field(adoption.scope.value(text, entry)) if "$" in text else text
