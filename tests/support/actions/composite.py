"""Runs the steps of a composite action as GitHub's runner does: files for outputs, variables, PATH and the summary.

Sources: GitHub's documentation of composite actions, workflow commands and expressions, and the runner
(actions/runner: ActionCommandManager.cs, FileCommandManager.cs, ScriptHandler.cs). Expressions have what actions use:
literals, contexts, `==`, `!=`, `!`, `&&`, `||`, groups, and the functions of `FUNCTIONS`. A step with `uses` is noted
with its inputs and not run. Unknown syntax is an error, never ignored.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

Context = dict[str, Any]
EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
TOKEN = re.compile(r"\s*(==|!=|&&|\|\||[!(),.]|'(?:[^']|'')*'|[A-Za-z_][\w-]*|-?\d+(?:\.\d+)?)")
SHELLS = {"bash": ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail"], "sh": ["sh", "-e"]}


@dataclass
class Ran:
    """The result of a step: success, failure or skipped; its printed text, and its outputs or the inputs of `uses`."""

    name: str
    outcome: str
    log: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)


@dataclass
class Job:
    """A run of the action: its steps by name, its outputs, the summary, and the commands that annotate."""

    steps: dict[str, Ran]
    outputs: dict[str, str]
    summary: str

    @property
    def failed(self) -> bool:
        """Whether a step failed."""
        return any(step.outcome == "failure" for step in self.steps.values())

    @property
    def log(self) -> str:
        """All that was printed."""
        return "".join(step.log for step in self.steps.values())

    def annotations(self) -> list[str]:
        """Return the lines that GitHub turns into annotations."""
        return [line for line in self.log.splitlines() if re.match(r"::(error|warning|notice)\b", line)]


class Expression:
    """A parser of one expression, which evaluates as it goes."""

    def __init__(self, text: str, context: Context, functions: Mapping[str, Callable[..., Any]]) -> None:
        self.tokens = self._split(text)
        self.context, self.functions = context, functions

    @staticmethod
    def _split(text: str) -> list[str]:
        tokens, at = [], 0
        while text[at:].strip():
            match = TOKEN.match(text, at)
            if match is None:
                raise ValueError(f"not an expression that is known: {text!r}")
            tokens.append(match[1])
            at = match.end()
        return tokens

    def value(self) -> Any:
        """Return the value of the whole."""
        actual = self._or()
        if self.tokens:
            raise ValueError(f"unexpected {self.tokens[0]!r}")
        return actual

    def _take(self, *words: str) -> str:
        return self.tokens.pop(0) if self.tokens and self.tokens[0] in words else ""

    def _or(self) -> Any:
        remaining = self._and()
        while self._take("||"):
            right = self._and()
            remaining = remaining or right
        return remaining

    def _and(self) -> Any:
        remaining = self._equal()
        while self._take("&&"):
            right = self._equal()
            remaining = remaining and right
        return remaining

    def _equal(self) -> Any:
        remaining = self._not()
        while operator := self._take("==", "!="):
            right = self._not()
            same = text_of(remaining).lower() == text_of(right).lower()  # GitHub ignores the case of letters
            remaining = same if operator == "==" else not same
        return remaining

    def _not(self) -> Any:
        return not self._not() if self._take("!") else self._primary()

    def _primary(self) -> Any:
        if self._take("("):
            actual = self._or()
            assert self._take(")")
            return actual
        token = self.tokens.pop(0)
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        if token in {"true", "false"}:
            return token == "true"
        if self._take("("):
            return self._call(token)
        actual = self.context[token]
        while self._take("."):
            name = self.tokens.pop(0)
            actual = actual.get(name, "") if isinstance(actual, dict) else ""
        return actual

    def _call(self, name: str) -> Any:
        arguments: list[Any] = []
        while not self._take(")"):
            arguments.append(self._or())
            self._take(",")
        return self.functions[name](*arguments)


def text_of(value: Any) -> str:
    """Return a value as GitHub puts it into text."""
    return str(value).lower() if isinstance(value, bool) else str(value)


class Runner:
    """Runs an action in a workspace, with a folder for the runner's files."""

    def __init__(self, action: Path, workspace: Path, temporary: Path, environment: Mapping[str, str]) -> None:
        self.action, self.workspace, self.temporary = action, workspace, temporary
        self.environment = dict(environment)
        self.steps: dict[str, Ran] = {}
        self.ids: dict[str, Any] = {}
        temporary.mkdir(parents=True, exist_ok=True)
        self.summary = temporary / "summary"
        self.summary.write_text("")

    def run(self, **inputs: str) -> Job:
        """Run all steps; unknown inputs are an error here, where GitHub only warns."""
        self.steps.clear()
        self.ids.clear()
        self.summary.write_text("")
        action = yaml.safe_load((self.action / "action.yml").read_text())
        assert inputs.keys() <= action["inputs"].keys(), inputs.keys() - action["inputs"].keys()
        defaults = {name: text_of(item.get("default", "")) for name, item in action["inputs"].items()}
        self.context: Context = {
            "inputs": defaults | inputs,
            "steps": self.ids,
            "github": {},
            "runner": {"os": "Linux"},
        }
        for step in action["runs"]["steps"]:
            ran = self._step(step)
            self.steps[ran.name] = ran
            if "id" in step:
                self.ids[step["id"]] = {"outputs": ran.outputs, "outcome": ran.outcome}
        outputs = {name: self._filled(item["value"]) for name, item in action["outputs"].items()}
        return Job(self.steps, outputs, self.summary.read_text())

    def _evaluate(self, text: str) -> Any:
        failed = any(step.outcome == "failure" for step in self.steps.values())
        functions: dict[str, Callable[..., Any]] = {
            "always": lambda: True,
            "success": lambda: not failed,
            "failure": lambda: failed,
            "format": lambda form, *words: re.sub(r"\{(\d+)\}", lambda it: text_of(words[int(it[1])]), form),
        }
        return Expression(text, self.context, functions).value()

    def _filled(self, text: object) -> str:
        return EXPRESSION.sub(lambda match: text_of(self._evaluate(match[1])), text_of(text))

    def _is_due(self, step: Mapping[str, Any]) -> bool:
        """Return whether a step runs: without a function of the status, only where all before it went well."""
        condition = str(step.get("if", "success()")).removeprefix("${{").removesuffix("}}")
        if not re.search(r"\b(always|success|failure|cancelled)\(", condition):
            condition = f"success() && ({condition})"
        return bool(self._evaluate(condition))

    def _step(self, step: Mapping[str, Any]) -> Ran:
        name = step["name"]
        if not self._is_due(step):
            return Ran(name, "skipped")
        if "uses" in step:
            return Ran(name, "success", inputs={key: self._filled(value) for key, value in step["with"].items()})
        return self._script(name, step)

    def _script(self, name: str, step: Mapping[str, Any]) -> Ran:
        files = {key: self.temporary / f"_{key.lower()}" for key in ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH")}
        for path in files.values():
            path.write_text("")
        script = self.temporary / "script.sh"
        script.write_text(self._filled(step["run"]))
        own = {key: self._filled(value) for key, value in step.get("env", {}).items()}
        environment = {
            **self.environment,
            **{key: str(path) for key, path in files.items()},
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_ACTION_PATH": str(self.action),
            "RUNNER_TEMP": str(self.temporary),
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            **own,
        }
        command = [*SHELLS[step["shell"]], str(script)]
        both: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        done = subprocess.run(command, cwd=self.workspace, env=environment, check=False, **both)
        self.environment |= assignments(files["GITHUB_ENV"].read_text())
        for folder in files["GITHUB_PATH"].read_text().splitlines():
            self.environment["PATH"] = f"{folder}:{self.environment['PATH']}"
        outputs = assignments(files["GITHUB_OUTPUT"].read_text())
        return Ran(name, "failure" if done.returncode else "success", done.stdout, outputs)


def assignments(text: str) -> dict[str, str]:
    """Return the variables of a runner file: `NAME=VALUE`, or `NAME<<WORD` and lines up to that word."""
    actual: dict[str, str] = {}
    lines = iter(text.splitlines())
    for line in lines:
        if match := re.fullmatch(r"([^=]+?)<<(.+)", line):
            value = []
            while (row := next(lines)) != match[2]:
                value.append(row)
            actual[match[1]] = "\n".join(value)
        elif line:
            name, equals, value_ = line.partition("=")
            assert equals, f"the runner refuses {line!r}"
            actual[name] = value_
    return actual
