"""Checks of a whole cloud-config by the programs that read it, from the file down to its steps.

yip reads the stages of any file, and the keys of cloud-init if the first line is `#cloud-config`. It reads a directory
as a whole: one invalid file disables all others. kairos-agent reads the other keys, of files with one of three
headers, and fails if one of its keys has a wrong type.

In `after`, yip looks up the names among the steps of the same stage in the same directory, and panics at any other
name. Other values of a step may have the right type and silently break a machine, or have no effect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.language import rules
from kairosfile.language.diagnostics import MAX_GUESSES, Diagnostic, did_you_mean, nearest
from kairosfile.patterns import compile_later
from kairosfile.sections.cloud_config.schema import (
    BOOT_STAGES,
    CLOUD_INIT_ONLY,
    IMMUCORE_STAGES,
    LIFECYCLE_STAGES,
    NO_GIT,
    PROVIDER_STAGE,
    ROLE_STAGES,
    STAGE_SUFFIXES,
    TOP_LEVEL,
    fields_of,
)
from kairosfile.sections.cloud_config.typecheck import (
    Region,
    check_value,
    has_special_bits,
    is_plausible,
    is_true,
    merged,
    mode_of,
    symbolic,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kairosfile.language.nodes import Node
    from kairosfile.sections.cloud_config.schema import Header, Reader


STDIN = "<STDIN>"  # what kairos-init calls the document that it makes of all extensions
_PANIC = "yip panics at it and nothing of the stage runs"

_OCTAL = compile_later(r"[0-7]{3,4}")
_OCTAL_DIGITS = compile_later(r"[0-7]+")
_ENCODINGS = ("b64", "base64", "gz", "gzip", "gz+base64", "gzip+base64", "gz+b64", "gzip+b64")
_IF_FILES = ("any", "all", "none")
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}

_FOLDERS = {"image": "/system/oem", "iso": "/oem", "disk": "/oem"}
_DEFAULTS = ", so that none of Kairos' defaults works, the layout of the disk included"
_PARTS = {
    "Agent": "kairos-agent",
    "AgentWeak": "kairos-agent",
    "AgentOther": "kairos-agent",
    "Provider": "provider-kairos",
}
_NEAR_STAGE = 0.8  # a stage may have any name, so only a near one is a mistake


def names_of(root: Node, path: str, *, is_named: bool = True) -> dict[str, frozenset[str]]:
    """Return the names of all steps of a file, by stage.

    `path` is the path of the file on the machine. `is_named` is False if the name of the document is lost.
    """
    stages = root.fields.get("stages")
    prefix = root_name(root, path) if is_named else path
    return {stage: _names(steps, prefix) for stage, steps in merged(stages).items()} if stages else {}


def root_name(root: Node, path: str) -> str:
    """Return the prefix of the names of a file's steps: the name of the document, else its path."""
    name = root.fields.get("name")
    return name.value if name is not None and isinstance(name.value, str) and name.value else path


def _names(steps: Node, prefix: str) -> frozenset[str]:
    nodes = [merged(step).get("name") for step in steps.items]
    names = [str(node.value) if node and node.value else str(index) for index, node in enumerate(nodes)]
    often: dict[str, int] = {}
    for name in names:
        often[name] = often.get(name, 0) + 1
    full = (f"{name}.{index}" if often[name] > 1 else name for index, name in enumerate(names))
    return frozenset(f"{prefix}.{name}" for name in full)


def check_after(step: Node, stage: str, own: str, known: frozenset[str], reader: Reader) -> Iterator[Diagnostic]:
    """Yield diagnostics of the names under `after` of a step; `own` is the prefix of names of this file."""
    after = merged(step).get("after")
    for item in after.items if after else ():
        node = merged(item).get("name")
        if node is not None and isinstance(node.value, str) and node.value not in known:
            yield _unknown_name(node, stage, own, known, reader)


def _unknown_name(node: Node, stage: str, own: str, known: frozenset[str], reader: Reader) -> Diagnostic:
    name = str(node.value)
    roots = {each.rpartition(".")[0] for each in known} | {own}
    is_certain = "." not in name or _is_elsewhere(name, roots, reader)
    suggestion = nearest(name, known) if len(known) < MAX_GUESSES else ""
    if is_certain:
        message = f'no step of the stage {stage} has the name "{name}": {_PANIC}'
        hint = did_you_mean(suggestion) or f'a name is FILE.STEP, of a step in this directory: "{own}.STEP"'
        return Diagnostic(rules.CLOUD_CONFIG_AFTER, node.range, message, hint).with_suggestion(suggestion, node.part())
    message = f'no cloud-config of this file has the step "{name}"; unless one of Kairos\' own has it, {_PANIC}'
    hint = did_you_mean(suggestion) or "name a step of your own files"
    return Diagnostic(rules.CLOUD_CONFIG_EFFECT, node.range, message, hint).with_suggestion(suggestion, node.part())


def _is_elsewhere(name: str, roots: set[str], reader: Reader) -> bool:
    """Return whether a name cannot belong to a step in the same directory."""
    if reader.place == "extension":
        return not name.startswith(STDIN)  # where files share the name of a step, an index follows it
    folder = reader.path.rpartition("/")[0]
    return any(name.startswith(f"{root}.") for root in roots) or (
        name.startswith("/") and not name.startswith(f"{folder}/")
    )


def check_step(step: Node, stage: str, reader: Reader) -> Iterator[Diagnostic]:
    """Yield diagnostics of a step whose effect is certainly not intended."""
    fields = merged(step)
    if reader.place != "extension":
        yield from _not_at_boot(fields, stage, reader)
    for key in ("files", "downloads"):
        for item in fields[key].items if key in fields else ():
            yield from _modes(item)
    for item in fields["directories"].items if "directories" in fields else ():
        yield from _directory_mode(item)
    yield from _conditions(fields)
    yield from _nothing(fields)


def _not_at_boot(fields: Mapping[str, Node], stage: str, reader: Reader) -> Iterator[Diagnostic]:
    if reader.release < NO_GIT:
        return
    if git := fields.get("git"):
        message = (
            f"git never works at boot: kairos-agent and immucore of kairos-init {NO_GIT} and newer are built without"
        )
        hint = "use a git in `commands`, or clone while the image is built"
        yield Diagnostic(rules.CLOUD_CONFIG_AT_BOOT, git.key or git.range, message, hint)
    images = fields.get("unpack_images")
    if images and stage.partition(".")[0] in IMMUCORE_STAGES:
        message = f"unpack_images is skipped in the stage {stage}: immucore, which runs it, is built without"
        hint = "use a stage of kairos-agent: fs, boot, network or reconcile"
        yield Diagnostic(rules.CLOUD_CONFIG_AT_BOOT, images.key or images.range, message, hint)


def _modes(item: Node) -> Iterator[Diagnostic]:
    """Check the permissions of a file or download; a file without content is only a marker."""
    fields = merged(item)
    mode = fields.get("permissions")
    if mode is not None and mode.value is not None:
        yield from _mode(mode)
    elif "content" in fields or "url" in fields:
        range_ = fields["path"].whole if "path" in fields else item.range
        message = "without permissions the file gets mode 0000: nobody but root can read it, and nobody run it"
        yield Diagnostic(rules.CLOUD_CONFIG_MODE, range_, message, "write `permissions: 0644`, or 0600 to keep it so")


def _mode(node: Node) -> Iterator[Diagnostic]:
    text = str(node.value)
    mode = mode_of(text)
    if mode is None or node.quoted:
        return  # a wrong type
    if not text.startswith("0") and _OCTAL.fullmatch(text) and not is_plausible(mode):
        message = f"permissions {text} without a leading 0 is a decimal number: the mode is {symbolic(mode)}"
        diagnostic = Diagnostic(rules.CLOUD_CONFIG_MODE, node.range, message, f"write 0{text}")
        yield diagnostic.with_suggestion(f"0{text}", node.range)
    elif has_special_bits(mode):
        message = f"of permissions {text} only the last three digits are set: yip drops setuid, setgid and sticky bits"
        yield Diagnostic(rules.CLOUD_CONFIG_MODE, node.range, message, "set them in `commands` with chmod")


def _directory_mode(item: Node) -> Iterator[Diagnostic]:
    fields = merged(item)
    mode = fields.get("permissions")
    if mode is not None and mode.value is not None:
        yield from _mode(mode)
    elif "path" in fields:
        message = "without permissions the directory gets mode 0000, also where it exists: only root can enter it"
        hint = "write `permissions: 0755` if others are to enter it"
        yield Diagnostic(rules.CLOUD_CONFIG_DIRECTORY, fields["path"].whole, message, hint)


def check_cloud_init_mode(item: Node) -> Iterator[Diagnostic]:
    """Yield diagnostics of the permissions of a file of `write_files`, which are octal digits, quoted or not."""
    fields = merged(item)
    mode = fields.get("permissions")
    if mode is not None and isinstance(mode.value, str) and mode.value:
        if not _OCTAL_DIGITS.fullmatch(mode.value):
            message = f'permissions "{mode.value}" are not octal digits'
            yield Diagnostic(rules.CLOUD_CONFIG_TYPE, mode.range, message, 'write "0644"')
        elif has_special_bits(int(mode.value, 8)):
            message = "yip drops setuid, setgid and sticky bits"
            hint = "set them in `commands` of a step with chmod"
            yield Diagnostic(rules.CLOUD_CONFIG_MODE, mode.range, message, hint)
    elif "content" in fields:
        range_ = fields["path"].whole if "path" in fields else item.range
        message = "without permissions the file gets mode 0000: nobody but root can read it, and nobody run it"
        yield Diagnostic(
            rules.CLOUD_CONFIG_MODE, range_, message, 'write `permissions: "0644"`, or "0600" to keep it so'
        )


def check_user(name: str, node: Node, users: frozenset[str]) -> Iterator[Diagnostic]:
    """Yield a warning for a user without a password; `users` are those with a password in another step of the file."""
    fields = merged(node)
    if not isinstance(node.value, dict) or "passwd" in fields or is_true(fields.get("lock_passwd")) or name in users:
        return
    range_ = node.key or (fields["name"].range if "name" in fields else node.range)
    message = f'the user "{name}" has an empty password, not a locked one: it has neither passwd nor lock_passwd'
    hint = "write `lock_passwd: true`, or a hash as `passwd`"
    yield Diagnostic(rules.CLOUD_CONFIG_PASSWORD, range_, message, hint)


def _conditions(fields: Mapping[str, Node]) -> Iterator[Diagnostic]:
    """Check the conditions: yip skips a step with an invalid condition without an error."""
    architecture = fields.get("only_arch")
    for wrong, right in _ARCHITECTURES.items() if architecture else ():
        if architecture and wrong in str(architecture.value) and right not in str(architecture.value):
            message = f"the step never runs: the architecture is called {right}, not {wrong}"
            yield _no_effect(architecture, message, f"write {right}").with_suggestion(right, architecture.part())
    manager = fields.get("only_service_manager")
    if manager and isinstance(manager.value, str) and manager.value.lower() not in ("systemd", "openrc", ""):
        yield _no_effect(manager, "the step never runs: only_service_manager is systemd or openrc", "write one of them")
    for word, node in merged(fields["if_files"]).items() if "if_files" in fields else ():
        if word not in _IF_FILES:
            yield _no_effect(
                node, f'the step never runs: if_files has no "{word}"', "write any, all or none", at_key=True
            )
    for key in ("only_os", "only_os_version", "only_arch", "node"):
        if key in fields and not _is_pattern(str(fields[key].value)):
            yield _no_effect(
                fields[key], f"the step never runs: {key} is not a regular expression", "check the brackets"
            )


def _is_pattern(text: str) -> bool:
    import re  # noqa: PLC0415 - few cloud-configs have one

    try:
        re.compile(text)
    except re.error:
        return "(?" in text  # Go and Python differ in these
    return True


def _nothing(fields: Mapping[str, Node]) -> Iterator[Diagnostic]:
    packages = merged(fields["packages"]) if "packages" in fields else {}
    if "upgrade" in packages and not packages.keys() & {"install", "remove", "refresh"}:
        yield _no_effect(
            packages["upgrade"], "upgrade alone does nothing", "write `refresh: true` beside it", at_key=True
        )
    if "layout" in fields and isinstance(fields["layout"].value, dict) and "device" not in merged(fields["layout"]):
        yield _no_effect(fields["layout"], "a layout without device does nothing", "name the device", at_key=True)
    dns = fields.get("dns")
    if dns and isinstance(dns.value, dict) and not merged(dns).get("nameservers"):
        yield _no_effect(dns, "dns without nameservers does nothing", "name a server", at_key=True)
    for item in fields["files"].items if "files" in fields else ():
        encoding = merged(item).get("encoding")
        if encoding and encoding.value and encoding.value not in _ENCODINGS:
            message = f'"{encoding.value}" is not an encoding of yip: the content is written unchanged'
            yield _no_effect(encoding, message, f"known are {', '.join(_ENCODINGS)}")


def _no_effect(node: Node, message: str, hint: str, *, at_key: bool = False) -> Diagnostic:
    return Diagnostic(rules.CLOUD_CONFIG_EFFECT, (node.key if at_key else None) or node.range, message, hint)


def whole_folder(reader: Reader) -> str:
    """Return the effect of a file that yip cannot load."""
    folder = _FOLDERS[reader.place]
    return f"yip cannot load the file, and then runs no file of {folder}" + (
        _DEFAULTS if reader.place == "image" else ""
    )


def check_tree(root: Node, header: Header, reader: Reader) -> list[Diagnostic]:
    """Return the diagnostics of a cloud-config, each once even if several aliases refer to its range."""
    if not isinstance(root.value, dict):
        message = f"a cloud-config is a mapping: {whole_folder(reader)}"
        return (
            []
            if root.value is None
            else [Diagnostic(rules.CLOUD_CONFIG, root.range, message, "write `name: value` lines")]
        )
    diagnostics = [*_top_level(root, header, reader), *_users(root, header), *_files(root, header)]
    return list(
        {(diagnostic.rule.id, diagnostic.range, diagnostic.message): diagnostic for diagnostic in diagnostics}.values()
    )


def _top_level(root: Node, header: Header, reader: Reader) -> Iterator[Diagnostic]:
    for count, (key, node) in enumerate(merged(root).items()):
        if key == "stages":
            yield from _stages(root, node, header, reader)
        elif key == "name":
            yield from check_value(node, "string", key, _yip_region(header, reader))
        elif key in fields_of("CloudInit"):
            yield from _cloud_init(key, node, header, reader)
        elif key in TOP_LEVEL:
            yield from _agent(key, node, header)
        else:
            yield from _unknown(key, node, guess=count < MAX_GUESSES)


def _yip_region(header: Header, reader: Reader, stage: str = "boot") -> Region:
    loss = whole_folder(reader)
    if header.cloud_init:
        loss = "yip silently drops all stages of this file"
    return Region("yip", rules.CLOUD_CONFIG_TYPE, loss, yip=reader.yip(stage))


def _cloud_init(key: str, node: Node, header: Header, reader: Reader) -> Iterator[Diagnostic]:
    if not header.cloud_init:
        yield _unread(key, node, header)
        return
    region = Region("Kairos", rules.CLOUD_CONFIG_TYPE, whole_folder(reader), yip=reader.yip("boot"))
    yield from check_value(node, fields_of("CloudInit")[key], key, region)


def _agent(key: str, node: Node, header: Header) -> Iterator[Diagnostic]:
    part = next(part for part in _PARTS if key in fields_of(part))
    if not header.agent:
        yield _unread(key, node, header)
        return
    loss = "kairos-agent fails then whenever it reads its configuration, at installation and upgrade too"
    region = Region(_PARTS[part], rules.CLOUD_CONFIG_TYPE, loss)
    if part == "AgentWeak":
        region = region.weak()
    elif part in ("AgentOther", "Provider"):
        loss = f"{region.reader} does not accept it"
        region = region._replace(rule=rules.CLOUD_CONFIG_EFFECT, loss=loss, is_open=part == "Provider")
    yield from check_value(node, fields_of(part)[key], key, region)


def _unread(key: str, node: Node, header: Header) -> Diagnostic:
    message = f"Kairos does not read {key}: the file does not begin with #cloud-config"
    if header.line > 1:
        message = f"{message}, which yip of this kairos-init looks for on the first line only"
    return Diagnostic(rules.CLOUD_CONFIG, node.key or node.range, message, "begin the file with the line #cloud-config")


def _unknown(key: str, node: Node, *, guess: bool) -> Iterator[Diagnostic]:
    """Warn of a key similar to a known one, or of cloud-init; bundles and providers read keys with any other name."""
    range_ = node.key or node.range
    if key in CLOUD_INIT_ONLY:
        hint = "use a step of `stages`, or a hook of the Kairosfile"
        yield Diagnostic(rules.CLOUD_CONFIG_KEY, range_, f"Kairos ignores {key} of cloud-init", hint)
    elif guess and (suggestion := nearest(key, TOP_LEVEL)):
        message = f'Kairos has no key "{key}"'
        yield Diagnostic(rules.CLOUD_CONFIG_KEY, range_, message, did_you_mean(suggestion)).with_suggestion(
            suggestion, node.key
        )


def _stages(root: Node, stages: Node, header: Header, reader: Reader) -> Iterator[Diagnostic]:
    own = root_name(root, reader.path)
    known = names_of(root, reader.path)
    region = _yip_region(header, reader)
    if not isinstance(stages.value, dict):
        yield from check_value(stages, "{[Step]}", "stages", region)
        return
    for count, (stage, steps) in enumerate(merged(stages).items()):
        if count < MAX_GUESSES:
            yield from _stage_name(stage, steps)
        yield from check_value(steps, "[Step]", f"stages.{stage}", region._replace(yip=reader.yip(stage)))
        names = known.get(stage, frozenset()) | reader.names.get(stage, frozenset())
        for step in steps.items:
            yield from check_step(step, stage, reader)
            yield from check_after(step, stage, own, names, reader)


def _stage_name(stage: str, steps: Node) -> Iterator[Diagnostic]:
    names = (*BOOT_STAGES, *LIFECYCLE_STAGES, PROVIDER_STAGE)
    known = [f"{name}{suffix}" for name in names for suffix in ("", *STAGE_SUFFIXES)]
    if stage in known or stage.startswith(ROLE_STAGES):
        return
    if suggestion := nearest(stage, known, cutoff=_NEAR_STAGE):
        message = f'Kairos runs no stage "{stage}" by itself'
        diagnostic = Diagnostic(rules.CLOUD_CONFIG_STAGE, steps.key or steps.range, message, did_you_mean(suggestion))
        yield diagnostic.with_suggestion(suggestion, steps.key)


def _users(root: Node, header: Header) -> Iterator[Diagnostic]:
    """Check the passwords of users; a password can be in any step of the file."""
    users = [*_step_users(root), *(_cloud_init_users(root) if header.cloud_init else ())]
    safe = frozenset(
        name for name, user in users if "passwd" in (fields := merged(user)) or is_true(fields.get("lock_passwd"))
    )
    for name, user in users:
        yield from check_user(name, user, safe)


def _step_users(root: Node) -> Iterator[tuple[str, Node]]:
    stages = root.fields.get("stages")
    for steps in merged(stages).values() if stages else ():
        for step in steps.items:
            users = merged(step).get("users")
            yield from merged(users).items() if users else ()


def _cloud_init_users(root: Node) -> Iterator[tuple[str, Node]]:
    users = root.fields.get("users")
    for user in users.items if users else ():
        name = merged(user).get("name")
        yield str(name.value) if name else "", user


def _files(root: Node, header: Header) -> Iterator[Diagnostic]:
    for key in ("write_files", "milpa_files") if header.cloud_init else ():
        files = root.fields.get(key)
        for item in files.items if files else ():
            yield from check_cloud_init_mode(item)
