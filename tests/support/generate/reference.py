"""What is generated of the language and checked in: run as a program to write it again, read the difference after.

kairosfile-spec/kairosfile.schema.json   the model as JSON Schema
kairosfile-spec/reference.md             reference.template.md with each record of the model as a section
docs/rules/README.md                     the list of the rules
examples/*/plan.json                     the plan of the Kairosfile beside it
"""

from __future__ import annotations

import inspect
import json
import re
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from kairosfile import language, sections
from kairosfile.language import rules
from kairosfile.language.model import StrictModel
from kairosfile.plan.resolve import resolve
from kairosfile.plan.serialize import to_json
from kairosfile.sections import schema
from kairosfile.sections.kairosfile import Kairosfile
from tests import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pydantic.fields import FieldInfo

SPEC = ROOT / "kairosfile-spec"
RULES = ROOT / "docs" / "rules"
PLANS = sorted(path.with_name("plan.json") for path in (ROOT / "examples").glob("*/Kairosfile"))
SCHEMA = SPEC / "kairosfile.schema.json"
REFERENCE = SPEC / "reference.md"
TEMPLATE = SPEC / "reference.template.md"

INDEX = """\
# Rules

What the checker looks for in a Kairosfile. `kairosfile rules` lists them, `kairosfile rules ID` shows a page.

An **error** stops the build. A **warning** is shown at the end of a build and by `kairosfile check`. A **note** is
shown by `kairosfile check` only. Warnings and notes can be silenced, by id or by name, and turned into errors:

```yaml
base: debian:13  # kairosfile: ignore KF501
# kairosfile: ignore provider-not-pinned, KF502
provider: k3s
lint:
  ignore: [KF506]
  error: [secret]
```

A comment on a separate line is meant for the next line that is not a comment; `all` means every rule.

Docker's way of saying it works too, in the comments at the head of the file:

```yaml
# syntax=quay.io/kairos/kairos-frontend:v1
# check=skip=KF501,package-cache;error=true
```

`skip` names rules or `all`; `error=true` makes an error of every warning that is left, not of notes. The build arg
`BUILDKIT_DOCKERFILE_CHECK` takes the place of `# check=`, all of it, as for a Dockerfile. Comments and the section
`lint` count beside either: what any of them silences is silent, whatever another raises.

| rule | name | severity | what it asks for |
|---|---|---|---|
"""


def rules_index() -> str:
    """Return the page that lists the rules."""
    rows = ((f"[{rule.id}]({rule.id}.md)", rule.name, _severity(rule), rule.summary) for rule in rules.every())
    return INDEX + "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _severity(rule: rules.Rule) -> str:
    """Return the severity of a rule, with the other that it has for some releases of kairos-init."""
    return "error, or warning by release" if rule.depends_on_release else rule.severity


def example_plan(folder: Path) -> str:
    """Return the plan of an example, for arm64 alone where its model is."""
    document = sections.read(language.decode("Kairosfile", (folder / "Kairosfile").read_bytes()))
    platform = "linux/amd64" if document.model.model == "generic" else "linux/arm64"
    return json.dumps(to_json(resolve(document, [platform])[0]), indent=2) + "\n"


def reference() -> str:
    """Return the reference: the template with the sections of all records in the place of its marker."""
    sections = "\n".join(_section(record, path) for record, path in _records(Kairosfile, "", {}).items())
    return TEMPLATE.read_text().replace("<!-- fields -->\n", sections)


def _records(
    record: type[StrictModel], path: str, result: dict[type[StrictModel], str]
) -> dict[type[StrictModel], str]:
    """Return the records below one, each with the field where it is met first, in the order of the fields."""
    result[record] = path
    for name, field in schema.fields_of(record).items():
        for part in _parts_of(field.annotation):
            if isinstance(part, type) and issubclass(part, StrictModel) and part not in result:
                _records(part, f"{path}.{name}".lstrip("."), result)
    return result


def _parts_of(annotation: Any) -> Iterator[Any]:
    """Yield every type of an annotation, itself first; the words of a Literal are not types."""
    yield annotation
    if get_origin(annotation) is not Literal:
        for part in get_args(annotation):
            yield from _parts_of(part)


def _section(record: type[StrictModel], path: str) -> str:
    heading = f"{_mark(_slug(record))}## `{path}`: {record.__name__}" if path else "## The top level"
    fields = [_field(record, name, field, marked=bool(path)) for name, field in schema.fields_of(record).items()]
    return "\n\n".join([heading, inspect.cleandoc(record.__doc__ or ""), *_table(record, path), *fields]) + "\n"


def _table(record: type[StrictModel], path: str) -> list[str]:
    """Return the table of a record's fields, empty for a record without fields."""
    rows = []
    for name, field in schema.fields_of(record).items():
        facts = schema.facts_of(record, name, field)
        anchor = f"{_slug(record)}.{name}" if path else name
        rows.append(f"| [`{name}`](#{anchor}) | {facts['Type']} | {facts['Default']} |")
    return ["\n".join(["| field | type | default |", "|---|---|---|", *rows])] if rows else []


def _slug(record: type[StrictModel]) -> str:
    """Return the anchor of a record, which moves with no other field: `run-step` of RunStep."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", record.__name__).lower()


def _mark(anchor: str) -> str:
    """Return a target for links, in HTML, which both GitHub and the site support."""
    return f'<a id="{anchor}"></a>\n\n'


def _field(record: type[StrictModel], name: str, field: FieldInfo, *, marked: bool) -> str:
    rows = [f"- {what}: {item}" for what, item in schema.facts_of(record, name, field).items()]
    if example := schema.example_of(name, field):
        rows.append("- Example:\n\n" + _indented(example))
    mark = _mark(f"{_slug(record)}.{name}") if marked else ""
    return f"{mark}### `{name}`\n\n{field.description}\n\n" + "\n".join(rows)


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in ["```yaml", *text.split("\n"), "```"])


PAGES = {SCHEMA: schema.text, REFERENCE: reference, RULES / "README.md": rules_index}

if __name__ == "__main__":
    for path, generate in PAGES.items():
        path.write_text(generate())
    for path in PLANS:
        path.write_text(example_plan(path.parent))
