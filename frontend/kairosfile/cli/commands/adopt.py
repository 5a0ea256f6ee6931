"""`kairosfile adopt`: converts a Dockerfile with kairos-init to a Kairosfile, and accounts for every instruction."""

from __future__ import annotations

import json
import os
import re
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kairosfile import language, sections
from kairosfile.cli import options
from kairosfile.cli.errors import CliError
from kairosfile.cli.load import STANDARD_INPUT, LoadOptions, files_of, read_bytes
from kairosfile.cli.output import Output, safe_rows
from kairosfile.dockerfile.adopt import AccountError, AdoptionResult, DockerfileError, NotKairosError
from kairosfile.dockerfile.adopt import adopt as adopt_dockerfile
from kairosfile.dockerfile.adopt.writer import printable
from kairosfile.language.renderers import RENDERERS, Checked, render_text
from kairosfile.untrusted import printable_json

if TYPE_CHECKING:
    from collections.abc import Mapping

COMPLETE, LEFT_OVER = 0, 1
NO_VERSION = "No version is adopted: write `version: v1.0.0` here, or build with --build-arg VERSION=v1.0.0."
BAKE_FILE = "docker-bake.json"
IMAGE_TARGET = "image"
_YAML_KEY = re.compile(r"[A-Za-z_][\w-]*:(?:\s|$)")

app = options.command()


class Format(StrEnum):
    """Output format of the account."""

    TEXT = "text"
    JSON = "json"


@app.command()
def command(
    *,
    dockerfile: Annotated[str, typer.Argument(metavar="DOCKERFILE", help="A Dockerfile; - is standard input.")],
    build_arg: options.BuildArgs = None,
    target: Annotated[
        str | None, typer.Option("--target", metavar="STAGE", help="The stage with the image. Default: the last.")
    ] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Show the result of every instruction.")] = False,
    output_format: Annotated[
        Format, typer.Option("--format", help="json prints the Kairosfile, the account and the diagnostics as data.")
    ] = Format.TEXT,
    output: options.Output = options.STANDARD_OUTPUT,
    force: options.Force = False,
) -> None:
    """Convert a Dockerfile with kairos-init into a Kairosfile.

    Every instruction, and every argument of each call of kairos-init, becomes a field or a step, is reported as left
    over with its line, or has no effect on the machine. Instructions that the command does not understand are kept
    unchanged as a step, or as a step that fails until you edit it.

    Exit status: 0 everything is adopted, 1 something is left over or missing, 2 arguments or files that cannot be
    used, including a Dockerfile without kairos-init and an output that exists.

    Example: kairosfile adopt --build-arg VERSION=v1.0.0 -o Kairosfile Dockerfile
    """
    build_args = LoadOptions.parse(build_arg).build_args
    adoption = Adoption(dockerfile, adopt(dockerfile, build_args, target or ""), Output(output, force=force))
    raise typer.Exit(adoption.write(output_format, explain=explain))


def adopt(file: str, build_args: Mapping[str, str], target: str) -> AdoptionResult:
    """Return a Dockerfile converted to a Kairosfile; raises CliError."""
    return adopt_text(_name(file), read_bytes(file), build_args, target)


def adopt_text(name: str, data: bytes, build_args: Mapping[str, str], target: str) -> AdoptionResult:
    """Return the text of a Dockerfile converted to a Kairosfile; raises CliError."""
    try:
        adoption = adopt_dockerfile(data.decode(), build_args, target)
        adoption.account.check()
    except DockerfileError as error:
        if _is_kairosfile(data.decode()):
            raise CliError(
                f"{name}: this is a Kairosfile already, not a Dockerfile: run `kairosfile check {name}`, "
                f"or `kairosfile eject {name}` for a Dockerfile"
            ) from error
        raise CliError(f"{name}:{error.line}: {printable(error.message)}") from error
    except NotKairosError as error:
        raise CliError(f"{name}: {printable(str(error))}") from error
    except UnicodeDecodeError as error:
        raise CliError(f"{name} is not UTF-8 text: {error}") from error
    except AccountError as error:
        raise CliError(f"{name}: internal error, please report it: {printable(str(error))}") from error
    return adoption


def _is_kairosfile(text: str) -> bool:
    """Return whether the first line that is not a comment has a key of YAML, which no instruction looks like."""
    first = next((line for line in text.splitlines() if line.strip() and not line.startswith(("#", "---"))), "")
    return bool(_YAML_KEY.match(first))


def _name(file: str) -> str:
    return "<stdin>" if file == STANDARD_INPUT else file


class Adoption:
    """A result with its output files."""

    def __init__(self, file: str, result: AdoptionResult, output: Output, name: str = "") -> None:
        self.file = file
        self.name = name or _name(file)
        self.result = result
        self.output = output
        self._report_stages_without_bake_file()
        self.unsupported = [f"{part.line}: {part.text}: {part.reason}" for part in result.unsupported]
        self.text = result.text(self._head())
        self.checked = self._check()

    def write(self, output_format: Format, *, explain: bool) -> int:
        """Write the Kairosfile, its bake file, and the account; return the exit status."""
        is_data = output_format is Format.JSON
        if not (is_data and self.output.path == options.STANDARD_OUTPUT):
            self.output.write(self.text)
        self._write_bake_file()
        if is_data:
            sys.stdout.write(printable_json(self.to_data()))
        else:
            sys.stderr.write(self._report(explain=explain))
        return LEFT_OVER if self.unsupported or self.checked.count("error") else COMPLETE

    def _head(self) -> list[str]:
        head = [f"Adopted from {Path(self.name).name}."]
        if self.unsupported:
            head += ["Left over:", *(f"  line {line}" for line in self.unsupported)]
        if self.result.original is None and "version" not in self.result.fields:
            head.append(NO_VERSION)
        return head

    def _report_stages_without_bake_file(self) -> None:
        """Report the stages that nothing builds because there is no output folder for a bake file."""
        if self.output.path != options.STANDARD_OUTPUT and self.file != STANDARD_INPUT:
            return
        for stage in self.result.built:
            entry = next(each for each in self.result.account.entries if each.instruction.line == stage.line)
            entry.left_over("the Kairosfile takes files of this stage; with -o a bake file builds it and hands it over")

    def _report(self, *, explain: bool) -> str:
        account = self.result.account
        lines = [f"{self.name}:{line}" for line in self.unsupported]
        lines += [f"{self.name}: note: {notice}" for notice in account.notices]
        lines += [f"{self.name}:{line}" for line in account.lines()] if explain else []
        lines.append(f"{self.name}: {account.summary()}")
        diagnostics = render_text([self.checked]) if self.checked.diagnostics else ""
        return safe_rows(lines) + diagnostics

    def to_data(self) -> dict[str, Any]:
        """Return the Kairosfile, the account and the diagnostics in the form of `--format json`."""
        diagnostics = json.loads(RENDERERS["json"]([self.checked]))
        return {"kairosfile": self.text, "account": self.result.account.to_data(), "diagnostics": diagnostics}

    def _check(self) -> Checked:
        """Return the diagnostics of `check` for the Kairosfile."""
        name = "Kairosfile" if self.output.path == options.STANDARD_OUTPUT else self.output.path
        source = language.decode(name, self.text.encode())
        files = None if self.file == STANDARD_INPUT else files_of(self.file, LoadOptions())
        try:
            return Checked.of(source, sections.read(source, {}, files=files).warnings)
        except language.KairosfileError as error:
            return Checked.of(error.source, [*error.diagnostics, *error.warnings])

    def _write_bake_file(self) -> None:
        if not self.result.built or self.output.path == options.STANDARD_OUTPUT or self.file == STANDARD_INPUT:
            return
        kairosfile, dockerfile = Path(self.output.path), Path(self.file)
        context = os.path.relpath(dockerfile.parent, kairosfile.parent)
        names = [stage.name for stage in self.result.built]
        contexts = {name: f"target:{_target(name)}" for name in names}
        relative = os.path.relpath(kairosfile, dockerfile.parent)
        image = {"context": context, "dockerfile": relative, "contexts": contexts}
        built = {_target(name): {"context": context, "dockerfile": dockerfile.name, "target": name} for name in names}
        data = {"group": {"default": {"targets": [IMAGE_TARGET]}}, "target": {IMAGE_TARGET: image, **built}}
        path = str(kairosfile.parent / BAKE_FILE)
        Output(path, force=self.output.force).write(printable_json(data))
        built_by = f"{path} builds {', '.join(names)} from {self.name}: docker buildx bake -f {path}"
        sys.stderr.write(safe_rows([built_by]))


def _target(stage: str) -> str:
    """Return the target of a stage; bake's names have no dots."""
    return f"stage-{stage.replace('.', '-')}"
