"""What is generated of the language and checked in: run as a program to write it again, read the difference after.

kairosfile-spec/kairosfile.schema.json   the model as JSON Schema
kairosfile-spec/reference.md             reference.template.md with each record of the model as a section
docs/rules/README.md                     the list of the rules
examples/*/plan.json                     the plan of the Kairosfile beside it
"""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import TYPE_CHECKING

from kairosfile import plan, spec
from kairosfile.plan.serial import to_json
from kairosfile.spec import describing, rules, schema
from kairosfile.spec.model import Record
from kairosfile.spec.model.whole import Kairosfile

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

ROOT = Path(__file__).parents[1]
SPEC = ROOT / "kairosfile-spec"
RULES = ROOT / "docs" / "rules"
PLANS = sorted(path.with_name("plan.json") for path in (ROOT / "examples").glob("*/Kairosfile"))
SCHEMA = SPEC / "kairosfile.schema.json"
REFERENCE = SPEC / "reference.md"
TEMPLATE = SPEC / "reference.template.md"

INDEX = """\
# Rules

What the checker holds a Kairosfile against. `kairosfile rules` lists them, `kairosfile rules ID` shows a page.

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

A comment on a line of its own is meant for the next line that is not a comment; `all` stands for every rule.

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
    rows = [f"| [{rule.id}]({rule.id}.md) | {rule.name} | {rule.severity} | {rule.summary} |" for rule in rules.every()]
    return INDEX + "\n".join(rows) + "\n"


def example_plan(folder: Path) -> str:
    """Return the plan of an example, for arm64 alone where its model is."""
    document = spec.read(spec.decode("Kairosfile", (folder / "Kairosfile").read_bytes()))
    platform = "linux/amd64" if document.model.model == "generic" else "linux/arm64"
    return json.dumps(to_json(plan.resolve(document, [platform])[0]), indent=2) + "\n"


def reference() -> str:
    """Return the reference: the template with the sections of all records in the place of its marker."""
    sections = "\n".join(_section(record, path) for record, path in _records(Kairosfile, "", {}).items())
    return TEMPLATE.read_text().replace("<!-- fields -->\n", sections)


def _records(record: type[Record], path: str, found: dict[type[Record], str]) -> dict[type[Record], str]:
    """Return the records below one, each with the field where it is met first, in the order of the fields."""
    found[record] = path
    for name, field in describing.fields_of(record).items():
        for part in describing.parts_of(field.annotation):
            if isinstance(part, type) and issubclass(part, Record) and part not in found:
                _records(part, f"{path}.{name}".lstrip("."), found)
    return found


def _section(record: type[Record], path: str) -> str:
    heading = f"## `{path}`: {record.__name__}" if path else "## The top level"
    fields = [_field(record, name, field) for name, field in describing.fields_of(record).items()]
    return "\n\n".join([heading, inspect.cleandoc(record.__doc__ or ""), *fields]) + "\n"


def _field(record: type[Record], name: str, field: FieldInfo) -> str:
    rows = [f"- {what}: {told}" for what, told in describing.facts_of(record, name, field).items()]
    if example := describing.example_of(name, field):
        rows.append("- Example:\n\n" + _indented(example))
    return f"### `{name}`\n\n{field.description}\n\n" + "\n".join(rows)


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in ["```yaml", *text.split("\n"), "```"])


WRITTEN = {SCHEMA: schema.text, REFERENCE: reference, RULES / "README.md": rules_index}

if __name__ == "__main__":
    for path, generate in WRITTEN.items():
        path.write_text(generate())
    for path in PLANS:
        path.write_text(example_plan(path.parent))
