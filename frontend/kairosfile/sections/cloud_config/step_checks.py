"""Checks of the steps of a stage: values of the right type that silently break a machine, or have no effect."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kairosfile.language import rules
from kairosfile.language.diagnostics import Diagnostic
from kairosfile.sections.cloud_config.readers import NO_GIT
from kairosfile.sections.cloud_config.scalars import has_special_bits, is_plausible, is_true, mode_of, symbolic
from kairosfile.sections.cloud_config.schema import IMMUCORE_STAGES
from kairosfile.sections.cloud_config.typecheck import merged

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kairosfile.language.nodes import Node
    from kairosfile.sections.cloud_config.readers import Reader

_OCTAL = re.compile(r"[0-7]{3,4}")
_ENCODINGS = ("b64", "base64", "gz", "gzip", "gz+base64", "gzip+base64", "gz+b64", "gzip+b64")
_IF_FILES = ("any", "all", "none")
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


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
    written = fields.get("permissions")
    if written is not None and written.value is not None:
        yield from _mode(written)
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
    written = fields.get("permissions")
    if written is not None and written.value is not None:
        yield from _mode(written)
    elif "path" in fields:
        message = "without permissions the directory gets mode 0000, also where it exists: only root can enter it"
        hint = "write `permissions: 0755` if others are to enter it"
        yield Diagnostic(rules.CLOUD_CONFIG_DIRECTORY, fields["path"].whole, message, hint)


def check_cloud_init_mode(item: Node) -> Iterator[Diagnostic]:
    """Yield diagnostics of the permissions of a file of `write_files`, which are octal digits, quoted or not."""
    fields = merged(item)
    written = fields.get("permissions")
    if written is not None and isinstance(written.value, str) and written.value:
        if not re.fullmatch(r"[0-7]+", written.value):
            message = f'permissions "{written.value}" are no octal digits'
            yield Diagnostic(rules.CLOUD_CONFIG_TYPE, written.range, message, 'write "0644"')
        elif has_special_bits(int(written.value, 8)):
            message = "yip drops setuid, setgid and sticky bits"
            hint = "set them in `commands` of a step with chmod"
            yield Diagnostic(rules.CLOUD_CONFIG_MODE, written.range, message, hint)
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
