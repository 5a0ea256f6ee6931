"""The files generated from the model are current and agree with every conformance case."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml

from kairosfile.sections import schema
from kairosfile.sections.kairosfile import Kairosfile
from tests.conformance import cases
from tests.support.generate import commands, mistakes
from tests.support.generate.engine_pictures import REFERENCE, SAMPLE
from tests.support.generate.pictures import IMAGES
from tests.support.generate.reference import PAGES

if TYPE_CHECKING:
    from pathlib import Path

# Rules that a schema can express; it cannot express those of YAML syntax.
SHAPE = {"KF004", "KF005", "KF006", "KF008"}


class Yaml12(yaml.SafeLoader):
    """YAML as editors parse it: `yes`, `no`, `on` and `off` are strings."""


Yaml12.yaml_implicit_resolvers = {
    first: [
        (tag, pattern) for tag, pattern in item if tag not in {"tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp"}
    ]
    for first, item in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Yaml12.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("true|True|TRUE|false|False|FALSE"), list("tTfF"))

VALIDATOR = jsonschema.Draft202012Validator(schema.build())


def load(case: Path) -> Any:
    return yaml.load(case.read_bytes(), Yaml12)  # noqa: S506 - a safe loader


def accepts(case: Path) -> bool:
    """Return whether the schema accepts a case; it does not see invalid YAML or a list as a key."""
    try:
        return VALIDATOR.is_valid(load(case))
    except yaml.YAMLError:
        return False


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_what_is_checked_in_is_what_the_model_gives(path: Path) -> None:
    assert path.read_text() == PAGES[path](), "run `make generate` and read the difference"


def test_table_of_the_mistakes_is_current() -> None:
    assert mistakes.PAGE.read_text() == mistakes.page(), "run `make generate` and read the difference"


def test_the_pages_of_the_commands_are_what_the_commands_say() -> None:
    result = commands.pages()
    checked_in = {path for folder in (commands.PAGES, commands.MAN) for path in folder.iterdir()}

    assert checked_in == result.keys(), "run `make generate`"
    assert [path.name for path, text in result.items() if path.read_text() != text] == [], "run `make generate`"


def test_the_sample_of_compare_is_the_text_of_its_picture() -> None:
    """Both are written from the same run on an engine; the picture breaks its long lines."""
    picture = (IMAGES / "compare.svg").read_text()
    (title,) = re.findall(r'<text class="[^"]*-title"[^>]*>(.*?)</text>', picture)
    lines = re.findall(r'<text class="[^"]*-r\d+"[^>]*>(.*?)</text>', picture)
    (sample,) = SAMPLE.findall(REFERENCE.read_text())

    assert sample.split() == ["$", *html.unescape(" ".join([title, *lines])).split()], "run `make pictures`"


@pytest.mark.skipif(not shutil.which("groff"), reason="this machine has no groff, which sets man pages")
def test_a_man_page_has_no_line_that_groff_does_not_understand() -> None:
    pages = [str(path) for path in sorted(commands.MAN.iterdir())]
    done = subprocess.run(["groff", "-man", "-ww", "-Tutf8", *pages], capture_output=True, text=True, check=True)

    assert done.stderr == ""
    assert "--build-arg NAME[=VALUE]" in re.sub(r".\x08", "", done.stdout)


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(schema.build())


def test_every_valid_case_is_valid_by_the_schema() -> None:
    valid = [case for case in cases.find() if "valid" in case.parts and "build_args" not in cases.expectation(case)]

    assert [case.name for case in valid if not accepts(case)] == []
    assert len(valid) > 20


def test_most_cases_of_a_wrong_shape_are_refused_by_the_schema() -> None:
    refused: list[str] = []
    passed: list[str] = []
    for case in cases.find():
        expected = cases.expectation(case)
        broken = {diagnostic["rule"] for diagnostic in expected.get("diagnostics", [])}
        if broken & SHAPE and not expected.get("build_args") and not case.with_suffix(".files").is_dir():
            (passed if accepts(case) else refused).append(case.name)

    assert len(passed) <= len(refused) / 10, passed
    assert len(refused) > 10


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("{base: a, version: 1.10, provider: k3s}", True),
        ("{base: a, version: 1, provider: {name: k3s, version: v1}}", True),
        ("{base: a, version: v1, kairos_init: v0.17.3}", True),
        ("{base: a, version: v1, provider: '${P}', variant: '${V:-core}'}", True),
        ("{base: a, version: v1, platforms: [linux/arm64]}", True),
        ("{base: a, version: v1, platforms: {linux/arm64: }}", True),
        ("{extends: common.yaml}", True),
        ("{base: a, version: v1, provider: [k3s, k0s]}", False),
        ("{base: a, version: v1, fips: 1}", False),
        ("{base: a}", False),
        ("{base: a, version: v1, provdier: k3s}", False),
        ("{base: a, version: v1, hooks: {after_init: [{run: a, copy: b, to: /c}]}}", False),
    ],
)
def test_short_forms_and_plain_numbers_are_as_the_language_reads_them(text: str, *, valid: bool) -> None:
    assert VALIDATOR.is_valid(yaml.load(text, Yaml12)) == valid  # noqa: S506 - a safe loader


def test_every_example_of_the_model_is_valid_by_the_schema() -> None:
    result = schema.build()

    def check(properties: dict[str, Any]) -> list[str]:
        return [
            f"{name}: {example}"
            for name, field in properties.items()
            for example in field.get("examples", [])
            if not VALIDATOR.evolve(schema={"$defs": result["$defs"], **field}).is_valid(example)
        ]

    records = [result, *result["$defs"].values()]
    wrong = [item for record in records for item in check(record.get("properties", {}))]
    assert wrong == []


def test_every_field_of_the_top_level_is_in_the_reference() -> None:
    reference = next(path for path in PAGES if path.name == "reference.md").read_text()

    for name in Kairosfile.model_fields:
        assert f"### `{name}`" in reference


def test_every_field_of_a_record_has_an_anchor_that_no_other_field_moves() -> None:
    reference = next(path for path in PAGES if path.name == "reference.md").read_text()
    anchors = re.findall(r'<a id="([^"]+)"></a>', reference)

    assert {"run-step", "run-step.mounts", "copy-step.to", "provider.version"} <= set(anchors)
    assert len(anchors) == len(set(anchors))
    assert set(re.findall(r"\]\(#([a-z-]+\.[^)]+)\)", reference)) <= set(anchors)


def test_the_schema_of_the_command_is_the_one_that_is_checked_in() -> None:
    path = next(path for path in PAGES if path.suffix == ".json")

    assert json.loads(path.read_text()) == schema.build()
