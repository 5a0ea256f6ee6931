"""COPY as steps that copy or write files."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from kairosfile.dockerfile.adopt import gates, image_tests
from kairosfile.dockerfile.adopt.found import AFTER_INIT, BEFORE_INSTALL, Commented
from kairosfile.dockerfile.adopt.kairos import PROGRAM
from kairosfile.plan.cloud_config import MODE as PRIVATE
from kairosfile.plan.kairos_steps import INIT_VERSIONS
from kairosfile.spec.cloud_config import FOLDER

if TYPE_CHECKING:
    from kairosfile.dockerfile.adopt.found import Data
    from kairosfile.dockerfile.adopt.instructions import Adopter
    from kairosfile.dockerfile.reader import Instruction

_KNOWN = {"from", "chown", "chmod", "exclude", "link"}
_BINARY = re.compile(r'(\w+): "?([\w.+-]+)"?\n')
READABLE = "0644"


def words(adopter: Adopter, instruction: Instruction) -> list[str]:
    """Return the paths of a COPY or ADD, without the marks of here-documents."""
    written = instruction.exec_form
    if written is None:
        text = instruction.joined
        written = [word for word in text.split() if not word.lstrip("0123456789").startswith("<<")]
    return [adopter.scope.text(word) if "$" in word or "\\" in word else word for word in written]


def take(adopter: Adopter, instruction: Instruction) -> None:
    """Take a COPY."""
    source, paths = adopter.scope.text(instruction.flag("from")), words(adopter, instruction)
    if source and paths[:1] == [PROGRAM]:
        return
    if source and gates.is_gate(adopter, source):
        return
    if source and (test := gates.test(adopter, source, paths[0])):
        image_tests.take(adopter, instruction, test)
        return
    image = adopter.stages.image(source) if source else ""
    if image is None:
        adopter.hold_place(instruction, f"{source} is built in this file: build it on its own, and copy from its image")
        return
    unknown = {name for name, _ in instruction.flags} - _KNOWN
    if unknown:
        adopter.leave(instruction, f"a step has no --{min(unknown)}; the rest is adopted")
    target = posixpath.normpath(posixpath.join(adopter.folder, paths[-1]))
    if instruction.heredocs:
        _write(adopter, instruction, target)
    else:
        _copy(adopter, instruction, paths[:-1], target, image)


def _write(adopter: Adopter, instruction: Instruction, target: str) -> None:
    heredoc = instruction.heredocs[0]
    text = heredoc.content
    if not heredoc.quoted and "$" in text:
        adopter.leave(instruction, "variables in its content have the values that they have now")
        text = re.sub(r"\$\{\w+\}|\$\w+", lambda it: adopter.scope.plain(adopter.scope.text(it[0])), text)
    mode = instruction.flag("chmod") or READABLE
    put_file(adopter, instruction, {"file": target, "content": text, **_attributes(adopter, instruction, mode)})


def put_file(adopter: Adopter, instruction: Instruction, step: Data) -> None:
    """Add a file that is written: a cloud-config, the choice of binaries, or a step."""
    if step.get("mode") == READABLE:
        del step["mode"]
    binaries = dict(_BINARY.findall(step["content"]))
    if step["file"] == INIT_VERSIONS and binaries and adopter.found.hook == BEFORE_INSTALL:
        adopter.found.fields["binaries"] = binaries
    else:
        put(adopter, instruction, step, step["file"], {"content": step["content"]})


def _copy(adopter: Adopter, instruction: Instruction, sources: list[str], target: str, image: str) -> None:
    field = adopter.scope.field
    step: Data = {"copy": [field(path) for path in sources] if len(sources) > 1 else field(sources[0])}
    is_folder = target != "/" and words(adopter, instruction)[-1].endswith(("/", "."))
    step["to"] = field(f"{target}/" if is_folder else target)
    if image:
        step["from"] = image
    step |= _attributes(adopter, instruction, instruction.flag("chmod"))
    excluded = [value for name, value in instruction.flags if name == "exclude"]
    if excluded:
        step["exclude"] = excluded
    put(adopter, instruction, step, target, {} if image or len(sources) > 1 else {"from": step["copy"]})


def _attributes(adopter: Adopter, instruction: Instruction, mode: str) -> Data:
    owner = adopter.scope.field(adopter.scope.text(instruction.flag("chown")))
    attributes: Data = {"owner": owner} if owner else {}
    return attributes | ({"mode": mode} if mode else {})


def put(adopter: Adopter, instruction: Instruction, step: Data, target: str, given: Data) -> None:
    """Add a step, or what is given of it as a cloud-config where it is one that nothing but its place tells apart."""
    name, comment = adopter.named(instruction)
    found = adopter.found
    is_private = step.get("mode") == f"{PRIVATE:04o}" and "owner" not in step and bool(given)
    is_next = found.hook == AFTER_INIT and not found.hooks[AFTER_INIT] and not name
    if is_private and is_next and posixpath.dirname(target) == FOLDER:
        found.cloud_config.append(Commented({"name": posixpath.basename(target), **given}, comment))
    else:
        found.add(name | step, comment)
