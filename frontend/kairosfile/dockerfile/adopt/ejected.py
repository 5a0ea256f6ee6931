"""The parts that only an ejected Dockerfile has: special stages, generated comments, and its Kairosfile.

An untouched one is its Kairosfile. Of an edited one the image is adopted from the instructions as of any Dockerfile;
what checks the image and what is made of it comes from the Kairosfile that it carries, where the stages are unchanged.
"""

from __future__ import annotations

import posixpath
import re
import shlex
from typing import TYPE_CHECKING, Any

import yaml

from kairosfile.dockerfile.adopt.state import AFTER_INIT, BEFORE_INSTALL
from kairosfile.dockerfile.carried import TEST_STAGE
from kairosfile.dockerfile.eject import comments
from kairosfile.dockerfile.eject.instructions import FOLDER_COMMENT, MAKE_FOLDER, WRITE
from kairosfile.kairos.commands import PROVIDER_BINARIES
from kairosfile.language.records import read
from kairosfile.sections.cloud_config.schema import FOLDER as CLOUD_CONFIG_FOLDER
from kairosfile.sections.cloud_config.steps import MODE as CLOUD_CONFIG_MODE
from kairosfile.sections.hooks.records import Hooks
from kairosfile.sections.hooks.run import SHELL
from kairosfile.sections.image.providers import PREFIX

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from kairosfile.dockerfile.adopt.account import Account, Entry
    from kairosfile.dockerfile.adopt.stages import Stage
    from kairosfile.dockerfile.adopt.state import Data, StepRecord
    from kairosfile.dockerfile.carried import Ejected
    from kairosfile.dockerfile.reader import Instruction

# What is adopted from the instructions, and the sections that say nothing of the image itself.
IMAGE_STAGES = frozenset({"kairos-init", "base", "system", "image"})
CARRIED_SECTIONS = ("annotations", "tests", "artifacts", "lint")
RESOLVED_SECTIONS = ("extends", "include", "platforms", "matrix")

_STEP = re.compile(r"(?:before_install|after_install|after_init) [0-9]+: (.*)")
_CLOUD_CONFIG = "cloud-config "
_FOLDER_COMMENT = FOLDER_COMMENT[2:].strip()
_EXPORT = re.compile(r"export ([A-Za-z_]\w*)=([^\n]*)(?:\n|$)")
_KEY = re.compile(r"([A-Za-z_]\w*)[ \t]*:")


def note_stage(ejected: Ejected, stage: Stage, account: Account) -> bool:
    """Classify the instructions of an ejected stage; return whether the stage is one."""
    if stage.name not in ejected.carried.stages or stage.name in IMAGE_STAGES:
        return False
    for each in (stage.instruction, *stage.instructions):
        if stage.name in ejected.unchanged:
            account.of(each).field("the Kairosfile that the Dockerfile carries")
        else:
            account.of(each).left_over(f"the stage {stage.name} was edited after it was ejected")
    return True


def take_check(ejected: Ejected, name: str, entry: Entry) -> bool:
    """Handle a COPY of the empty folder of a check stage; return whether the instruction is one."""
    if not ejected.checks(name):
        return False
    if name in ejected.unchanged:
        entry.field("the Kairosfile that the Dockerfile carries")
    else:
        entry.left_over(f"the stage {name} was edited: write what it checks below `tests:`")
    return True


def kept_checks(ejected: Ejected, names_present: AbstractSet[str]) -> list[str]:
    """Return notices on checks that the Kairosfile still runs and the edited Dockerfile no longer waits for."""
    missing = [name for name in ejected.carried.stages if ejected.checks(name) and name not in names_present]
    names = [name for name in missing if name in ejected.unchanged or TEST_STAGE.fullmatch(name) is None]
    return [f"the image no longer waits for {name} in the Dockerfile; a build of the Kairosfile does" for name in names]


def is_folder_of_copy(instruction: Instruction, after: Instruction | None) -> bool:
    """Return whether a RUN only creates the target folder of the next instruction, as a step does by itself."""
    argv = list(instruction.exec_form or ())
    is_plain = tuple(argv[:2]) == ("mkdir", "-p") and len(argv) == 3  # noqa: PLR2004 - and the folder
    is_owned = tuple(argv[:4]) == (*SHELL, MAKE_FOLDER, "folder") and len(argv) == 6  # noqa: PLR2004 - and its owner
    if _FOLDER_COMMENT not in instruction.comment or after is None or not (is_plain or is_owned):
        return False
    folder = argv[2] if is_plain else argv[4]
    return after.keyword in ("COPY", "ADD") and posixpath.dirname(_destination(after)) == folder


def _destination(instruction: Instruction) -> str:
    return (instruction.exec_form or instruction.words or [""])[-1]


def written_file(argv: Sequence[str]) -> Data | None:
    """Return the file that a RUN of an ejected Dockerfile writes; None for any other RUN."""
    if tuple(argv[: len(SHELL)]) != SHELL or list(argv[2:3]) != [WRITE] or len(argv) != 8:  # noqa: PLR2004
        return None
    target, content, mode, owner = argv[4:]
    user, _, group = owner.partition(":")
    step: Data = {"file": target, "content": content} | ({"mode": mode} if mode != "0644" else {})
    if owner != "0:0":
        step["owner"] = user if not group or (group == user and user.isdigit()) else owner
    return step


def exported(text: str) -> tuple[dict[str, str], str]:
    """Return the variables that the first lines of an ejected script export, and the rest."""
    env: dict[str, str] = {}
    while (match := _EXPORT.match(text)) is not None:
        try:
            parts = shlex.split(match[2])
        except ValueError:
            break
        if len(parts) > 1 or match[2] != shlex.quote("".join(parts)):
            break  # the shell expands it, or its value is unknown
        env[match[1]], text = "".join(parts), text[match.end() :]
    return env, text


def restore(ejected: Ejected, records: Sequence[StepRecord], end_of_install: int) -> list[Data]:
    """Remove generated comments from steps, restore the names in them, and return the cloud-configs."""
    generated = comments.generated()
    names = _given_names(ejected.carried.text)
    configs: list[Data] = []
    is_first = True  # a cloud-config comes before the steps after init
    for record in records:
        if record.entry.instruction.line < end_of_install and _is_plugin(record.data):
            record.hook = BEFORE_INSTALL  # beside install in parts it stands before the last of them
        lines = [line for line in record.comment if line not in generated and line != _FOLDER_COMMENT]
        name = _STEP.fullmatch(lines[0]) if lines else None
        if lines and lines[0].startswith(_CLOUD_CONFIG) and (config := _cloud_config(record.data)):
            if is_first:
                configs.append(config)
                record.hook = ""
            lines.pop(0)
        elif name is not None:
            lines.pop(0)
            record.data = _named(record.data, name[1], names)
        is_first &= record.hook != AFTER_INIT
        record.comment = tuple(lines)
    return configs


def _cloud_config(data: Data) -> Data | None:
    target = str(data.get("to") or data.get("file", ""))
    name = posixpath.basename(target)
    if target != f"{CLOUD_CONFIG_FOLDER}/{name}" or data.get("mode") != f"{CLOUD_CONFIG_MODE:04o}":
        return None
    if isinstance(data.get("copy"), str) and data.keys() == {"copy", "to", "mode"}:
        return {"name": name, "from": data["copy"]}
    return {"name": name, "content": data["content"]} if data.keys() == {"file", "content", "mode"} else None


def _given_names(text: str) -> frozenset[str] | None:
    """Return the step names of a Kairosfile, None if included files may add some."""
    data = _data(text)
    if not data.keys().isdisjoint(RESOLVED_SECTIONS):
        return None
    hooks = data.get("hooks")
    lists = hooks.values() if isinstance(hooks, dict) else ()
    steps = [step for steps in lists if isinstance(steps, list) for step in steps if isinstance(step, dict)]
    return frozenset(" ".join(str(step["name"]).split()) for step in steps if "name" in step)


def _named(data: Data, name: str, names: frozenset[str] | None) -> Data:
    """Set the name of a step from its comment, unless the comment is a generated description."""
    data = {"kernel": data["packages"]} if "packages" in data and name.startswith("kernel: ") else data
    if names is not None and "run" not in data and not any(name == each or "$" in each for each in names):
        return data
    hooks, problems = read(Hooks, {"after_init": [data]})
    if problems:
        return data  # the check of the whole file says what is wrong with it
    (step,) = hooks.after_init
    return data if " ".join(step.describe().split()) == name else {"name": name} | data


def _is_plugin(data: Data) -> bool:
    return isinstance(data.get("copy"), str) and str(data.get("to", "")).startswith(f"/system/providers/{PREFIX}")


def restore_plugin(fields: dict[str, Any]) -> None:
    """Restore the provider's plugin from the step before install that copies it to kairos-init's folder."""
    provider, hooks = fields.get("provider"), fields.get("hooks", {})
    skipped, steps = fields.get("skip_steps", []), hooks.get(BEFORE_INSTALL, [])
    if provider is None or PROVIDER_BINARIES not in skipped or not steps:
        return
    plugin: Data = {"name": provider} if isinstance(provider, str) else provider
    step = dict(steps[-1].data)
    source, image = step.pop("copy", None), step.pop("from", None)
    if not isinstance(source, str) or step != {
        "to": f"/system/providers/{PREFIX}{plugin['name']}",
        "mode": "0755",
    }:
        return
    fields["provider"] = plugin | {"plugin": source} | ({"from": image} if image else {})
    _set(fields, "skip_steps", [name for name in skipped if name != PROVIDER_BINARIES])
    _set(hooks, BEFORE_INSTALL, steps[:-1])
    _set(fields, "hooks", hooks)


def _set(fields: dict[str, Any], name: str, value: Any) -> None:  # noqa: ANN401 - whatever a field holds
    """Set a field, or remove it if the value is empty."""
    if value:
        fields[name] = value
    else:
        fields.pop(name, None)


def sections(ejected: Ejected, present: frozenset[str], account: Account) -> list[str]:
    """Return the sections of the carried Kairosfile that still apply, as source text."""
    blocks = _blocks(ejected.carried.text)
    account.notices += [
        f"`{name}` of the Kairosfile that the Dockerfile carries is not adopted: the instructions say what it said"
        for name in RESOLVED_SECTIONS
        if name in blocks
    ]
    sections_kept = [_kept_section(name, blocks[name], ejected, present) for name in CARRIED_SECTIONS if name in blocks]
    return [block for block in sections_kept if block]


def named_args(ejected: Ejected, blocks: Sequence[str]) -> dict[str, str | None]:
    """Return the args of the carried Kairosfile that its unchanged sections name."""
    declared = _data(ejected.carried.text).get("args")
    names = set(re.findall(r"\$\{(\w+)", "".join(blocks)))
    pairs = declared.items() if isinstance(declared, dict) else ()
    return {str(name): None if text is None else str(text) for name, text in pairs if name in names}


def _kept_section(name: str, block: str, ejected: Ejected, present: frozenset[str]) -> str:
    if name == "tests":
        return _kept_tests(block, ejected)
    if name != "artifacts":
        return block
    own = {stage for stage in ejected.carried.stages if stage not in IMAGE_STAGES and not ejected.checks(stage)}
    return block if own <= ejected.unchanged and own <= present else ""


def _kept_tests(block: str, ejected: Ejected) -> str:
    """Return the tests whose stages are unchanged: the source text of the section if all are."""
    stages = [name for name in ejected.carried.stages if TEST_STAGE.fullmatch(name)]
    unchanged = [name for name in stages if name in ejected.unchanged]
    if unchanged == stages:
        return block
    items = _data(block).get("tests")
    numbers = [int(name.removeprefix("tests-")) - 1 for name in unchanged]
    if not isinstance(items, list) or not numbers or max(numbers) >= len(items):
        return ""
    chosen = [items[number] for number in numbers]
    return str(yaml.safe_dump({"tests": chosen}, sort_keys=False, allow_unicode=True))


def _data(text: str) -> Mapping[str, Any]:
    try:
        data = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _blocks(text: str) -> dict[str, str]:
    """Return the lines of each top-level key of a file in block style, comments above it included."""
    if not isinstance(_data(text), dict):
        return {}
    blocks: dict[str, list[str]] = {}
    waiting: list[str] = []
    name = ""
    for line in text.split("\n"):
        key = _KEY.match(line)
        if key is not None:
            name = key[1]
            blocks[name] = [*waiting, line]
            waiting = []
        elif line.startswith("#") or not line.strip():
            waiting = [*waiting, line] if line.strip() else []
        elif name:
            blocks[name] += [*waiting, line]
            waiting = []
    return {name: "\n".join(lines) + "\n" for name, lines in blocks.items()}
