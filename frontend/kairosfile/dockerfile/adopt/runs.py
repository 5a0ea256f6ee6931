"""RUN: calls of kairos-init, and commands that become steps."""

from __future__ import annotations

import re
import shlex
import textwrap
from typing import TYPE_CHECKING

from kairosfile.dockerfile import shell
from kairosfile.dockerfile.adopt import command_line, files, kairos, mounts
from kairosfile.dockerfile.adopt.recognise import Command, recognise
from kairosfile.dockerfile.eject.instructions import MAKE_FOLDER, STOP_AT_FAILURE, WRITE
from kairosfile.plan.kairos_steps import PROGRAM
from kairosfile.plan.steps.run import SHELL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kairosfile.dockerfile.adopt.found import Data
    from kairosfile.dockerfile.adopt.instructions import Adopter
    from kairosfile.dockerfile.reader import Instruction

_PRELUDE = re.compile(rf"(?:{STOP_AT_FAILURE})?(?P<exports>(?:export [A-Za-z_]\w*=.*\n)*)")
PLAIN_SHELL = ["/bin/sh", "-c"]


def take(adopter: Adopter, instruction: Instruction) -> None:
    """Take a RUN."""
    argv, env = command(adopter, instruction)
    if argv[2:3] == [WRITE]:
        _, target, content, mode, owner = argv[3:]
        _written(adopter, instruction, {"file": target, "content": content, "mode": mode, "owner": owner})
    elif _makes_folder(argv) and _is_of_an_ejected_copy(adopter, instruction):
        pass
    elif PROGRAM in " ".join(argv):
        _take_calls(adopter, instruction, argv, env)
    else:
        _add_step(adopter, instruction, argv, env)


def _written(adopter: Adopter, instruction: Instruction, step: Data) -> None:
    owner = step.pop("owner")
    user, _, group = owner.partition(":")
    if owner != "0:0":
        step["owner"] = user if not group or (group == user and user.isdigit()) else owner
    files.put_file(adopter, instruction, step)


def _makes_folder(argv: Sequence[str]) -> bool:
    return list(argv[:2]) == ["mkdir", "-p"] or list(argv[2:3]) == [MAKE_FOLDER]


def _is_of_an_ejected_copy(adopter: Adopter, instruction: Instruction) -> bool:
    """Tell whether a folder is only made for what the next instruction copies there; its comment goes there."""
    chain = adopter.stages.chain
    index = chain.index(instruction) + 1
    following = chain[index] if index < len(chain) else None
    is_it = following is not None and following.keyword == "COPY" and _needs_a_folder(following)
    if is_it:
        adopter.carried = instruction.comment
    return is_it


def _needs_a_folder(copy: Instruction) -> bool:
    return bool(copy.heredocs or copy.flag("chown") or copy.flag("chmod"))


def command(adopter: Adopter, instruction: Instruction) -> tuple[list[str], dict[str, str]]:
    """Return the words that are run, and the variables that only they are given."""
    written = instruction.exec_form
    if written is not None:
        return shell.without_env(written)
    shell_words = adopter.shell or PLAIN_SHELL
    if instruction.heredocs and instruction.text.startswith("<<"):
        content = instruction.heredocs[0].content
        if shell_words != PLAIN_SHELL or content.startswith("#!"):
            return [*shell_words, content], {}
        return _script(content)
    text = textwrap.dedent(instruction.text)
    bodies = "".join(f"\n{heredoc.content}{_end(instruction, heredoc.start)}" for heredoc in instruction.heredocs)
    is_own = shell_words == PLAIN_SHELL
    return [*(SHELL if is_own else shell_words), _aligned(text) + bodies], {}


def _end(instruction: Instruction, start: int) -> str:
    mark = re.match(r"""\s*\d*<<-?["']?([\w.]+)""", instruction.text[start:])
    return mark[1] if mark else "EOF"


def _aligned(text: str) -> str:
    """Return continued lines with the common indentation of all but the first removed."""
    first, parted, rest = text.partition("\\\n")
    return first + (f"\\\n{textwrap.indent(textwrap.dedent(rest), '    ')}" if parted else "")


def _script(content: str) -> tuple[list[str], dict[str, str]]:
    prelude = _PRELUDE.match(content)
    stops = content.startswith(STOP_AT_FAILURE)
    exports = [shlex.split(line)[1] for line in (prelude["exports"] if prelude else "").splitlines()]
    env = dict(word.partition("=")[::2] for word in exports)
    text = content[prelude.end() if prelude else 0 :]
    return [*(SHELL if stops else PLAIN_SHELL), text], env


def _mounts(adopter: Adopter, instruction: Instruction) -> list[Data]:
    found: list[Data] = []
    for name, text in instruction.flags:
        if name != "mount":
            continue
        try:
            found.append(mounts.mount(mounts.options(text), lambda source: _image(adopter, source)))
        except (ValueError, KeyError) as error:
            adopter.leave(instruction, str(error))
    return found


def _image(adopter: Adopter, name: str) -> str:
    image = adopter.stages.image(adopter.scope.text(name))
    if image is None:
        raise ValueError(f"{name} is built in this file: build it on its own, and mount its image")
    return image


def _take_calls(adopter: Adopter, instruction: Instruction, argv: list[str], env: dict[str, str]) -> None:
    """Take the calls of kairos-init in a RUN; other commands beside them are steps at their place."""
    variables = adopter.scope.variables()
    try:
        is_text = argv[:-1] in ([*SHELL], PLAIN_SHELL)
        done = shell.follow(argv[-1], variables, PROGRAM) if is_text else [shell.Call(tuple(argv))]
    except shell.UnknownShellError as error:
        adopter.hold_place(instruction, f"calls kairos-init in a way that is not followed: {error}")
        return
    for each in done:
        if isinstance(each, shell.Call):
            words, own = shell.without_env(each.words)
            _take_call(adopter, instruction, words, env | own)
        else:
            adopter.scope.note_named(each.text)
            adopter.found.add(_surrounded(adopter, instruction, {"run": each.text}, {}), instruction.comment)


def _take_call(adopter: Adopter, instruction: Instruction, argv: list[str], env: dict[str, str]) -> None:
    if argv[:1] == ["rm"]:
        return
    if not argv or not argv[0].endswith(PROGRAM):
        adopter.hold_place(instruction, f"hands kairos-init to another command: {shlex.join(argv)}")
        return
    adopter.kairos_init.hear(argv[1:])
    line = command_line.read(argv[1:], adopter.kairos_init.release)
    for word in line.unknown:
        adopter.leave(instruction, f"{adopter.kairos_init.release} of kairos-init does not know {word}")
    settings = dict(line.settings)
    shown = [mounts.options(text) for name, text in instruction.flags if name == "mount"]
    if settings.get("stage_extensions"):
        path = kairos.context_path(shown, kairos.extensions_folder(adopter.scope.env | env))
        settings |= {"stage_extensions.path": path} if path else {}
        if path is None:
            adopter.leave(instruction, "stage extensions that are not mounted from the build context")
    if settings.get("provider.config"):
        path = kairos.context_path(shown, settings["provider.config"])
        settings |= {"provider.config.path": path} if path else {}
    for stage in kairos.stages(line):
        adopter.found.environment.update(kairos.environment(env))
        if stage != command_line.VALIDATE:
            adopter.found.stages[stage] = settings


def _add_step(adopter: Adopter, instruction: Instruction, argv: list[str], env: dict[str, str]) -> None:
    adopter.scope.note_named(" ".join(argv))
    shown = _mounts(adopter, instruction)
    name, comment = adopter.named(instruction)
    caches = tuple(mount["target"] for mount in shown if mount["type"] == "cache")
    network = instruction.flag("network") or "default"
    command = Command(tuple(argv), env, caches, network)
    is_plain = len(caches) == len(shown) and not adopter.user and adopter.folder == "/" and not adopter.scope.env
    known = recognise(command, adopter.stages.base) if is_plain else None
    if known is not None:
        if known.family:
            adopter.found.fields["family"] = known.family
        adopter.found.add(name | _as_named(known.step, name.get("name", "")), comment)
        return
    run: Data = {"run": argv[2] if tuple(argv[:-1]) == SHELL else argv}
    adopter.found.add(_surrounded(adopter, instruction, name | run, env, shown), comment)


def _as_named(step: Data, name: str) -> Data:
    """Packages that are removed and installed are a kernel where an ejected comment says so."""
    return {"kernel": step["packages"]} if "packages" in step and name.startswith("kernel: ") else step


def _surrounded(
    adopter: Adopter, instruction: Instruction, step: Data, env: dict[str, str], shown: Sequence[Data] = ()
) -> Data:
    """Return a step with what its command is given: mounts, variables, user, folder, network."""
    for name, value in instruction.flags:
        if name not in ("mount", "network"):
            adopter.leave(instruction, f"a step has no --{name}={value}; the rest is adopted")
    network = instruction.flag("network")
    given: Data = {
        "mounts": list(shown),
        "env": {key: adopter.scope.field(text) for key, text in (adopter.scope.env | env).items()},
        "user": adopter.scope.field(adopter.user),
        "workdir": "" if adopter.folder == "/" else adopter.scope.field(adopter.folder),
        "network": "" if network == "default" else network,
    }
    return step | {key: value for key, value in given.items() if value}
