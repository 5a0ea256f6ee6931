"""Converts the adoption state of a Dockerfile into the fields of a Kairosfile, in their order.

The result is compared with the Dockerfile by its plan: install and init must get the same settings; differences are
reported as left over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kairosfile import language, sections
from kairosfile.dockerfile.adopt import ejected, kairos_init
from kairosfile.dockerfile.adopt.account import Outcome
from kairosfile.dockerfile.adopt.calls import PROGRAM
from kairosfile.dockerfile.adopt.kairos_init import INIT, INSTALL
from kairosfile.dockerfile.adopt.scope import USUAL
from kairosfile.dockerfile.adopt.values import Arg, Value
from kairosfile.dockerfile.adopt.writer import write
from kairosfile.dockerfile.shell import NotFollowedError
from kairosfile.kairos.commands import schema_for
from kairosfile.kairos.install_parts import IDS as PARTS
from kairosfile.kairos.install_parts import INSTALL_KERNEL
from kairosfile.kairos.releases import IMAGE, Release
from kairosfile.oci import Platform
from kairosfile.plan.image_config import BASE_NAME_LABEL
from kairosfile.plan.model import Run
from kairosfile.plan.resolve import VERSION_LABEL, resolve

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kairosfile.dockerfile.adopt.account import Entry
    from kairosfile.dockerfile.adopt.state import Adoption, Data, StepWithComment
    from kairosfile.plan.model import Plan

# A board's image is built for one of them only.
PLATFORMS = ("linux/amd64", "linux/arm64")

# The effect on the image of a setting that differs.
_CHANGES = {
    "provider.name": "/etc/kairos-release names another Kubernetes, or none",
    "model": "the image is for another board",
    "trusted": "the image is for another way to boot",
    "fips": "other modules are in the image",
    "version": "/etc/kairos-release has another version",
    "skip_steps": "other steps of kairos-init run",
}


def fields(adoption: Adoption, hooks: Mapping[str, list[StepWithComment]]) -> Data:
    """Return the fields; the account records what they do not express."""
    adoption.scope.required |= {"BASE_IMAGE", "VERSION"} & set(adoption.scope.needed)
    _note_log_levels(adoption)
    in_parts = adoption.fold_parts()
    _order_calls(adoption)
    list(_fields(adoption, hooks))  # the first time args are noted that a field of the second time names
    data = dict(_fields(adoption, hooks))
    if in_parts:
        data["install"] = {"parts": True}
    elif adoption.ejected is not None and _has_parts(data):
        data["install"] = {"parts": False}  # it was ejected with one run on purpose
    if args := adoption.scope.args():
        data["args"] = args
    if adoption.calls:
        _compare(adoption, data)
        adoption.account.notices += _added_checks(adoption)
    return data


def _note_log_levels(adoption: Adoption) -> None:
    """Report calls whose log level differs from that of the Kairosfile, which has one level for all stages."""
    calls = [call for call in adoption.calls if call.stage in (INSTALL, INIT)]
    levels = [call.settings["log_level"].text if "log_level" in call.settings else "info" for call in calls]
    if len(set(levels)) > 1:
        shown = ", ".join(dict.fromkeys(levels))
        adoption.account.notices.append(f"kairos-init gets several log levels ({shown}); a Kairosfile has one")


def _fields(adoption: Adoption, hooks: Mapping[str, list[StepWithComment]]) -> Iterator[tuple[str, Any]]:
    settings = {**adoption.settings_of(INIT), **adoption.settings_of(INSTALL)}
    yield "base", _named(adoption, "base", adoption.stages.base.start, is_required=True)
    if adoption.family is not None:
        yield "family", adoption.family
    if platform := _platform(adoption):
        adoption.account.of(adoption.stages.base.instruction).field("platforms")
        yield "platforms", [platform]
    yield from _kairos_fields(adoption, settings)
    if adoption.binaries:
        yield "binaries", adoption.binaries
    if environment := _environment(adoption):
        yield "environment", environment
    if hooks:
        yield "hooks", dict(hooks)
    if adoption.cloud_config:
        yield "cloud_config", adoption.cloud_config
    if labels := _labels(adoption):
        yield "labels", labels


def _kairos_fields(adoption: Adoption, settings: Mapping[str, Value]) -> Iterator[tuple[str, Any]]:
    init = adoption.settings_of(INIT)
    yield from _variant_and_provider(adoption, settings)
    if "model" in settings:
        yield "model", _named(adoption, "model", settings["model"])
    if "version" in init and (init["version"].text or init["version"].args):
        version = _named(adoption, "version", init["version"], is_required=True)
        if version:
            yield "version", version
    elif VERSION_LABEL in adoption.labels and not schema_for(adoption.tool.release).has_version:
        yield "version", _named(adoption, "version", adoption.labels[VERSION_LABEL], is_required=True)
    if tool := _tool(adoption):
        yield "kairos_init", tool
    yield from _switches(adoption, settings)
    yield from _texts(adoption, settings)


def _named(adoption: Adoption, path: str, value: Value, *, is_required: bool = False) -> str:
    """Return the text of a field: the default of an arg whose usual field it is, else a reference to the arg."""
    if len(value.parts) == 1 and isinstance(value.parts[0], Arg):
        arg = value.parts[0]
        usual = USUAL.get(arg.name)
        if usual == path and arg.name not in adoption.scope.needed and (arg.default or path == "version"):
            _mark(adoption, arg, path)
            return adoption.scope.field(adoption.scope.default_of(arg))
        if usual and usual != path:
            reason = f"--build-arg {arg.name} sets the field {usual} of a Kairosfile too, not {path} alone"
            _report_arg(adoption, arg, reason)
        if is_required:
            adoption.scope.required.add(arg.name)
    return adoption.scope.field(value)


def _mark(adoption: Adoption, arg: Arg, path: str) -> None:
    for table in (adoption.scope.everywhere, adoption.scope.past, adoption.scope.variables):
        if arg.name in table:
            table[arg.name].entry.field(path)


def _report_arg(adoption: Adoption, arg: Arg, reason: str) -> None:
    declared = adoption.scope.declared(arg.name)
    if declared is not None:
        declared.entry.left_over(reason)


def _variant_and_provider(adoption: Adoption, settings: Mapping[str, Value]) -> Iterator[tuple[str, Any]]:
    cli = adoption.tool.release
    is_old = cli < kairos_init.NEW_SYNTAX
    variant = settings.get("variant")
    name = settings.get("provider.name")
    if is_old and (variant is None or variant.text != "standard"):
        _leave_switch(adoption, variant, name, settings)
        return
    if is_old and name is None and variant is not None:
        name = Value("k3s")
    if variant is not None:
        adoption.scope.note_decided({arg.name: arg for arg in variant.args}, _line(adoption))
    if name is not None and name.text:
        yield "provider", _provider(adoption, name, settings)


def _line(adoption: Adoption) -> int:
    return adoption.calls[-1].entry.instruction.line if adoption.calls else 1


def _leave_switch(adoption: Adoption, variant: Value | None, name: Value | None, settings: Mapping[str, Value]) -> None:
    """Report args of a core image that take effect if another arg makes it a standard image."""
    if variant is None or not variant.args:
        return
    adoption.scope.note_decided({arg.name: arg for arg in variant.args}, _line(adoption))
    for arg in variant.args:
        _mark(adoption, arg, "variant")
    if name is not None and name.text not in ("", "k3s"):
        switch = variant.args[0].name
        hint = f"build with --build-arg {switch}=standard --build-arg KUBERNETES_DISTRO={name.text}"
        entry = name.args[0] if name.args else None
        reason = f"the provider {name.text} counts only where {switch} is standard: {hint}"
        if entry is not None:
            _report_arg(adoption, entry, reason)
        else:
            adoption.calls[-1].entry.left_over(reason)
    for setting in ("provider.name", "provider.version"):
        for arg in settings[setting].args if setting in settings else ():
            if arg.name in USUAL:
                _mark(adoption, arg, setting)
            else:
                _report_arg(adoption, arg, "a core image has no provider")


def _provider(adoption: Adoption, name: Value, settings: Mapping[str, Value]) -> str | Data:
    provider: Data = {"name": _named(adoption, "provider.name", name)}
    version = settings.get("provider.version")
    if version is not None and version.text and version.text != "latest":
        provider["version"] = _named(adoption, "provider.version", version)
    if "provider.config.path" in settings:
        provider["config"] = adoption.scope.field(settings["provider.config.path"])
    return str(provider["name"]) if len(provider) == 1 else provider


def _tool(adoption: Adoption) -> str | Data:
    """Return the field `kairos_init`; an arg that is the tag alone is the field."""
    image = adoption.tool.image
    if image is None:
        return {"version": adoption.tool.version} if adoption.tool.version else ""
    if adoption.tool.is_built_here:
        return adoption.tool.field(image.text)
    image = _without_usual(adoption, image)
    head = image.parts[0] if image.parts and isinstance(image.parts[0], str) else ""
    tag = image.text.removeprefix(f"{IMAGE}:")
    if head.startswith(f"{IMAGE}:") and image.args and Release.parse(tag) is not None and not adoption.tool.version:
        return adoption.scope.field(Value(head.removeprefix(f"{IMAGE}:"), *image.parts[1:]))
    return adoption.tool.field(adoption.scope.field(image))


def _without_usual(adoption: Adoption, image: Value) -> Value:
    """Return an image with the defaults of args whose usual field it is."""
    parts: list[Any] = []
    for part in image.parts:
        if isinstance(part, Arg) and USUAL.get(part.name) == "kairos_init" and part.name not in adoption.scope.needed:
            _mark(adoption, part, "kairos_init")
            parts += _without_usual(adoption, adoption.scope.default_of(part)).parts
        else:
            parts.append(part)
    return Value(*parts)


def _switches(adoption: Adoption, settings: Mapping[str, Value]) -> Iterator[tuple[str, Any]]:
    for setting, name in (("trusted", "trusted_boot"), ("fips", "fips")):
        value = settings.get(setting)
        if value is None:
            continue
        (part, *rest) = value.parts or ("",)
        if isinstance(part, Arg) and not rest and part.default in ("true", "false"):
            if USUAL.get(part.name) == name and part.name not in adoption.scope.needed:
                _mark(adoption, part, name)
            else:
                yield name, adoption.scope.field(value)
                continue
        elif value.args and USUAL.get(value.args[0].name) != name:
            adoption.scope.note_decided({arg.name: arg for arg in value.args}, _line(adoption))
        for arg in value.args:
            _mark(adoption, arg, name)
        if kairos_init.is_on(settings, setting):
            yield name, True


def _texts(adoption: Adoption, settings: Mapping[str, Value]) -> Iterator[tuple[str, Any]]:
    level = settings.get("log_level")
    if level is not None and level.text and level.text != "info":
        yield "log_level", _named(adoption, "log_level", level)
    skipped = [call.settings["skip_steps"] for call in adoption.calls if "skip_steps" in call.settings]
    if names := list(dict.fromkeys(name for value in skipped for name in _names(adoption, value))):
        yield "skip_steps", names
    if "stage_extensions.path" in settings:
        yield "stage_extensions", adoption.scope.field(settings["stage_extensions.path"])
    framework_values = {
        name: settings[f"framework.{name}"] for name in ("version", "registry") if f"framework.{name}" in settings
    }
    framework = {
        name: text for name, value in framework_values.items() if (text := _named(adoption, f"framework.{name}", value))
    }
    if framework:
        yield "framework", framework


def _names(adoption: Adoption, value: Value) -> list[str]:
    if not value.args:
        return [name for name in value.text.split(",") if name]
    if "," not in value.text:
        return [adoption.scope.field(value)]
    adoption.scope.note_decided({arg.name: arg for arg in value.args}, _line(adoption))
    return [name for name in value.text.split(",") if name]


def _environment(adoption: Adoption) -> dict[str, str]:
    environment: dict[str, str] = {}
    for call in adoption.calls:
        for name, value in call.env.items():
            if call.stage in (INSTALL, INIT):
                environment[name] = adoption.scope.field(value)
    return environment


def _labels(adoption: Adoption) -> dict[str, str]:
    """Return the labels but for those that every build gives the image."""
    init = adoption.settings_of(INIT)
    version = init.get("version")
    if version is None and not schema_for(adoption.tool.release).has_version:
        version = adoption.labels.get(VERSION_LABEL)
    own = {VERSION_LABEL: version, BASE_NAME_LABEL: adoption.stages.base.start}
    labels: dict[str, str] = {}
    for name, value in adoption.labels.items():
        known = own.get(name)
        if known is None or known.text != value.text:
            labels[name] = adoption.scope.field(value)
    return labels


def _platform(adoption: Adoption) -> str:
    """Return the platform of FROM, empty if the build selects it."""
    platform = ""
    for stage in (adoption.stages.base, *adoption.stages.stages):
        is_tool = PROGRAM in stage.start.text and not stage.changes_files
        flag = stage.instruction.flag("platform")
        if not flag or (stage is not adoption.stages.base and not is_tool):
            continue
        entry = adoption.account.of(stage.instruction)
        try:
            value = adoption.scope.value(flag, entry, everywhere=True)
        except NotFollowedError as error:
            entry.left_over(f"--platform is not followed: {error}")
            continue
        if value.args:
            if "TARGETPLATFORM" not in flag:
                entry.left_over(f"--platform={flag}: a Kairosfile builds for the requested platform")
            continue
        platform = platform or _parsed(value.text, entry)
    return platform


def _parsed(text: str, entry: Entry) -> str:
    try:
        return str(Platform.parse(text))
    except ValueError as error:
        entry.left_over(f"--platform={text}: {error}")
        return ""


def _order_calls(adoption: Adoption) -> None:
    """Report stages that are missing, duplicated or in the wrong order."""
    order = [call.stage for call in adoption.calls if call.stage in (INSTALL, INIT)]
    if adoption.unread_calls or not adoption.calls:
        return
    entry = adoption.calls[0].entry
    for stage, other in ((INSTALL, "runs init alone"), (INIT, "runs install alone")):
        if stage not in order:
            entry.left_over(f"the Dockerfile {other}; a Kairosfile runs install, then init")
        if order.count(stage) > 1:
            again = [call.entry for call in adoption.calls if call.stage == stage][-1]
            again.left_over(
                f"{stage} runs {order.count(stage)} times; a Kairosfile runs it once, as the last call says"
            )
    if {INSTALL, INIT} <= set(order) and order.index(INSTALL) > order.index(INIT):
        entry.left_over("init runs before install; a Kairosfile runs install, then init")


def _added_checks(adoption: Adoption) -> list[str]:
    """Return the checks of a Kairosfile that the Dockerfile lacks."""
    if adoption.ejected is not None:
        return ejected.kept_checks(adoption.ejected, adoption.taken_checks)
    if any(call.stage == kairos_init.VALIDATE for call in adoption.calls):
        return []
    return ["every build of a Kairosfile also validates the image, which this Dockerfile does not"]


def _compare(adoption: Adoption, data: Data) -> None:
    """Report settings of kairos-init that differ between the Dockerfile and the plan of the Kairosfile."""
    planned = _planned(adoption, data)
    cli = adoption.tool.release
    for stage in (INSTALL, INIT):
        entry = next((call.entry for call in reversed(adoption.calls) if call.stage == stage), None)
        if planned is None or entry is None:
            continue
        there = kairos_init.effective(adoption.settings_of(stage), stage, cli)
        here = kairos_init.effective(planned.get(stage, {}), stage, cli)
        if here.get("skip_steps") == INSTALL_KERNEL and "skip_steps" not in there:
            del here["skip_steps"]  # a `kernel` step installs another in its place: the same kernel in the end
        unknown = {"version"} if "version" not in data else set()
        for name in sorted((there.keys() | here.keys()) - unknown):
            if there.get(name) != here.get(name):
                reason = _difference(stage, name, there.get(name), here.get(name))
                if not any(note.reason == reason for note in entry.notes):
                    entry.add(Outcome.LEFT_OVER, reason)


def _difference(stage: str, name: str, there: str | None, here: str | None) -> str:
    shown = kairos_init.FIELD_NAMES.get(name, name)
    there_text = f"gets {shown} {there}" if there else f"does not get {shown}"
    change = f": {_CHANGES[name]}" if name in _CHANGES else ""
    instead = f"it gets {here}" if here else "it does not"
    return f"{stage} {there_text} in the Dockerfile, in a build of the Kairosfile {instead}{change}"


def _plan(text: str, build_args: Mapping[str, str], platform: str) -> Plan | None:
    """Return the plan of a Kairosfile on a platform, None if it has errors there."""
    try:
        document = sections.read(language.decode("Kairosfile", text.encode()), build_args, platforms=[platform])
        (plan,) = resolve(document, [platform], artifacts=False)
    except language.KairosfileError:
        return None
    return plan


def _first_plan(data: Data) -> Plan | None:
    """Return the plan of the first platform that has one."""
    build_args = {name: "v0.0.0" for name, value in data.get("args", {}).items() if value is None}
    text = write({"version": "v0.0.0", **data})
    return next((plan for it in data.get("platforms", PLATFORMS) if (plan := _plan(text, build_args, it))), None)


def _has_parts(data: Data) -> bool:
    """Return whether install runs in parts if the file does not set `install.parts`."""
    plan = _first_plan(data)
    return plan is not None and any(step.id in PARTS for step in plan.steps)


def _planned(adoption: Adoption, data: Data) -> dict[str, Mapping[str, Value]] | None:
    """Return the settings of each stage in the plan, None if the Kairosfile has errors or an arg lacks a value.

    The plan has install in one run, which gets the settings of all parts.
    """
    plan = _first_plan({**data, "install": {"parts": False}})
    if plan is None:
        return None
    cli = adoption.tool.release
    steps = {step.id: step.action for step in plan.steps}
    return {
        stage: kairos_init.read([Value(word) for word in action.argv[1:]], cli).settings
        for stage in (INSTALL, INIT)
        if isinstance(action := steps.get(stage), Run)
    }
