"""The pages of the commands, made of the commands themselves: `python -m tests.support.generate.commands`.

docs/reference/commands/NAME.md      a page of the site for each command, with all its options
docs/reference/commands/README.md    the list of all commands
man/kairosfile.1, man/kairosfile-NAME.1    the same as man pages, which a wheel installs
"""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, NamedTuple

import typer

from kairosfile.cli.app import COMMANDS, GROUPS, app
from tests import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGES = ROOT / "docs" / "reference" / "commands"
MAN = ROOT / "man"
INDEX = """\
# CLI options

A page for each command, made of what its `--help` says. What they are for, with examples, is in the
[CLI reference](../cli.md).

"""


class Page(NamedTuple):
    """The help of a command; `arguments` and `options` are pairs of a name and its meaning."""

    name: str
    summary: str
    usage: str
    paragraphs: tuple[str, ...]
    arguments: tuple[tuple[str, str], ...]
    options: tuple[tuple[str, str], ...]
    status: str
    example: str


def page_of(name: str) -> Page:
    """Return the help of a command."""
    group = typer.main.get_group(app)
    command = group.get_command(typer.Context(group), name)
    assert command is not None
    context = typer.Context(command, info_name=f"kairosfile {name}")
    text = inspect.cleandoc(command.help or "").split("\n\n")
    paragraphs = [" ".join(part.split()) for part in text]
    marked = {
        word: part.removeprefix(word)
        for word in ("Exit status: ", "Example: ")
        for part in paragraphs
        if part.startswith(word)
    }
    plain = [part for part in paragraphs[1:] if not part.startswith(tuple(marked))]
    rows: dict[str, list[tuple[str, str]]] = {"argument": [], "option": []}
    for param in command.params:
        if record := param.get_help_record(context):
            rows[param.param_type_name].append(record)
    usage = " ".join(command.get_usage(context).removeprefix("Usage: ").split())
    return Page(
        name, paragraphs[0], usage, tuple(plain), tuple(rows["argument"]), tuple(rows["option"]),
        marked.get("Exit status: ", ""), marked.get("Example: ", ""),
    )  # fmt: skip


def markdown(page: Page) -> str:
    """Return the page of a command for the site."""
    parts = [f"# kairosfile {page.name}", page.summary, f"```text\n{page.usage}\n```", *page.paragraphs]
    for title, rows in (("Arguments", page.arguments), ("Options", page.options)):
        if rows:
            table = "\n".join(f"| `{_cell(name)}` | {_cell(meaning)} |" for name, meaning in rows)
            parts.append(f"## {title}\n\n| {title.lower()[:-1]} | meaning |\n|---|---|\n{table}")
    if page.status:
        parts.append(f"## Exit status\n\n{page.status}")
    if page.example:
        parts.append(f"## Example\n\n```text\n{page.example}\n```")
    parts.append(f"More about it: [CLI reference](../cli.md#{_anchor(page.name)}).")
    return "\n\n".join(parts) + "\n"


def _anchor(name: str) -> str:
    """Return the section of the CLI reference; three small commands share one."""
    return "schema-rules-version" if name in {"schema", "rules", "version"} else name


def _cell(text: str) -> str:
    """Return a text for a cell of a table, with click's bracketed text as a sentence."""
    line = re.sub(
        r"\[(default|required)(.*?)\]", lambda match: f"{match[1].capitalize()}{match[2]}.", " ".join(text.split())
    )
    return line.replace("|", "\\|")


def index() -> str:
    """Return the list of all commands."""
    parts = []
    for title, commands in GROUPS.items():
        rows = "\n".join(f"| [{name}]({name}.md) | {summary} |" for name, summary in commands.items())
        parts.append(f"## {title}\n\n| command | what it does |\n|---|---|\n{rows}\n")
    return INDEX + "\n".join(parts)


def manual(page: Page) -> str:
    """Return the page of a command for man, in the macros of man(7)."""
    title = f"kairosfile-{page.name}"
    rows = [f'.TH {_roff(title.upper())} 1 "" "kairosfile" "Kairosfile manual"']
    rows += [".SH NAME", f"{_roff(title)} \\- {_roff(page.summary.rstrip('.'))}", ".SH SYNOPSIS", _roff(page.usage)]
    rows += [".SH DESCRIPTION", *_paragraphs([page.summary, *page.paragraphs])]
    for heading, table in (("ARGUMENTS", page.arguments), ("OPTIONS", page.options)):
        rows += [f".SH {heading}"] if table else []
        for name, meaning in table:
            rows += [".TP", f".B {_roff(name)}", _roff(" ".join(meaning.split()))]
    rows += [".SH EXIT STATUS", _roff(page.status)] if page.status else []
    rows += [".SH EXAMPLES", ".nf", _roff(page.example), ".fi"] if page.example else []
    return "\n".join([*rows, ".SH SEE ALSO", ".BR kairosfile (1)"]) + "\n"


def manual_index() -> str:
    """Return the page of the command itself for man."""
    rows = ['.TH KAIROSFILE 1 "" "kairosfile" "Kairosfile manual"', ".SH NAME"]
    rows += [
        "kairosfile \\- check, explain, plan and build Kairos images",
        ".SH SYNOPSIS",
        "kairosfile COMMAND [OPTIONS] ...",
    ]
    rows += [".SH DESCRIPTION", "A Kairosfile turns a Linux base image into an immutable, bootable Kairos image."]
    for title, commands in GROUPS.items():
        rows.append(f".SS {_roff(title)}")
        for name, summary in commands.items():
            rows += [".TP", f".BR kairosfile\\-{name} (1)", _roff(summary)]
    return "\n".join([*rows, ".SH SEE ALSO", ".BR docker\\-buildx\\-build (1)"]) + "\n"


def _paragraphs(parts: list[str]) -> Iterator[str]:
    for part in parts:
        yield from (".PP", _roff(part))


def _roff(text: str) -> str:
    """Return a text of which no character is a macro."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped


def pages() -> dict[Path, str]:
    """Return the text of each page by its path."""
    pages = [page_of(name) for name in COMMANDS]
    return {
        PAGES / "README.md": index(),
        **{PAGES / f"{page.name}.md": markdown(page) for page in pages},
        MAN / "kairosfile.1": manual_index(),
        **{MAN / f"kairosfile-{page.name}.1": manual(page) for page in pages},
    }


if __name__ == "__main__":
    for path, text in pages().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
