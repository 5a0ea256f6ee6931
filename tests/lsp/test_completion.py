"""Completions in texts that are incomplete; `^^` is the cursor."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from kairosfile.cli.lsp import completion, hover
from kairosfile.cli.lsp.checks import BufferFiles
from kairosfile.cli.lsp.fields import ANY, types_at
from kairosfile.cli.lsp.syntax_tree import Outline, lines_of
from kairosfile.kairos.commands import SCHEMAS, VARIABLES
from kairosfile.kairos.releases import LAST_OF_SERIES, NEWEST, Release, release
from kairosfile.language import rules
from kairosfile.language.nodes import Position
from kairosfile.sections.hooks.model import STEP_KINDS
from kairosfile.sections.image_tests.model import TEST_KINDS
from kairosfile.sections.kairosfile import Kairosfile
from kairosfile.sections.schema import fields_of
from tests import ROOT
from tests.support.standins import releases as standin

if TYPE_CHECKING:
    from pathlib import Path

    from kairosfile.cli.lsp.completion import Proposal
    from kairosfile.language.nodes import Path as Keys

CURSOR = "^^"
BOARDS = set(SCHEMAS[-1].models)
EXAMPLES = sorted((ROOT / "examples").rglob("Kairosfile"))
STEP = "hooks:\n  after_install:\n"


def proposals(text: str, files: BufferFiles | None = None) -> list[Proposal]:
    before, _, after = text.partition(CURSOR)
    place = Position(before.count("\n") + 1, len(before) - before.rfind("\n"))
    return completion.propose(lines_of(before + after), place, files)


def labels(text: str, files: BufferFiles | None = None) -> list[str]:
    return [proposal.label for proposal in proposals(text, files)]


def chosen(text: str, label: str) -> str:
    """Return a text after it accepts a completion."""
    before, _, after = text.partition(CURSOR)
    (actual,) = [proposal for proposal in proposals(text) if proposal.label == label]
    assert actual.range.start.line == actual.range.end.line == before.count("\n") + 1
    start = len(before) - (actual.range.end.column - actual.range.start.column)
    return before[:start] + actual.text + after


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("^^", set(Kairosfile.model_fields)),
        ("ba^^\nversion: v1\n", set(Kairosfile.model_fields) - {"version"}),
        ("base: a\n\n^^\nversion: v1\n", set(Kairosfile.model_fields) - {"base", "version"}),
        ("provider:\n  ^^", {"name", "version", "config", "plugin", "from"}),
        ("provider:\n  name: k3s\n  ^^\nmodel: a", {"version", "config", "plugin", "from"}),
        ("provider: {name: k3s, ^^}", {"version", "config", "plugin", "from"}),
        ("hooks:\n  ^^", {"before_install", "after_install", "after_init"}),
        (STEP + "    - ^^", {"name", *STEP_KINDS}),
        (STEP + "  - ^^", {"name", *STEP_KINDS}),
        (STEP + "    ^^", {f"- {key}" for key in ("name", *STEP_KINDS)}),
        (STEP + "    - run: echo\n    ^^", {f"- {key}" for key in ("name", *STEP_KINDS)}),
        (STEP + "    - run: |\n        echo\n      ^^", set(STEP_KINDS["run"].model_fields) - {"run"}),
        (STEP + "    - run: |\n        ec^^", set()),
        (STEP + "    - {run: a, ^^", set(STEP_KINDS["run"].model_fields) - {"run"}),
        (STEP + "    - packages:\n        ^^", {"install", "remove"}),
        (STEP + "    - run: a\n      mounts:\n        - ^^", {"type", "target"}),
        (STEP + "    - run: a\n      mounts:\n        - type: tmpfs\n          ^^", {"target", "size"}),
        (STEP + "    - run: a\n      mounts: [{type: ^^", {"cache", "secret", "ssh", "tmpfs", "bind"}),
        (STEP + "    - run: a\n      network: ^^", {"default", "none", "host"}),
        ("variant: ^^", {"core", "standard"}),
        ("fips: ^^", {"true", "false"}),
        ("family: 'de^^'", {"debian", "redhat", "suse", "alpine", "arch", "hadron"}),
        ("model: ^^", BOARDS),
        ("model: ^^\nplatforms: [linux/arm64]", BOARDS),
        ("model: ^^\nplatforms:\n  linux/amd64:\n", {"generic"}),
        ("kairos_init: v0.2.0\nmodel: ^^", {"generic", "rpi3", "rpi4"}),
        ("platforms:\n  linux/arm64:\n    model: ^^", BOARDS),
        ("platforms:\n  linux/amd64: {model: ^^", {"generic"}),
        ("platforms:\n  linux/arm64:\n    ^^", {"base", "model", "packages"}),
        ("platforms:\n  linux/arm64:\n  ^^", {"linux/amd64", "linux/riscv64"}),
        ("platforms: [^^", {"linux/amd64", "linux/arm64", "linux/riscv64"}),
        ("provider: ^^", {"k3s", "k0s"}),
        ("provider: {name: ^^", {"k3s", "k0s"}),
        ("provider: {name: k0s, version: ^^", {"v1.33.4+k0s.0", "latest"}),
        ("kairos_init: ^^", set(LAST_OF_SERIES)),
        ("kairos_init:\n  version: ^^", set(LAST_OF_SERIES)),
        ("environment:\n  ^^", {row.name for row in VARIABLES if row.provider is None}),
        ("lint: {ignore: [^^", {rule.id for rule in rules.warnings()}),
        ("base: a  # kairosfile: ignore KF5^^", {rule.id for rule in rules.warnings()}),
        ("base: a  # ^^", set()),
        ("base:^^", set()),
        ("version: ^^", set()),
        ("labels:\n  ^^", set()),
        ("tests:\n  - ^^", {"name", *TEST_KINDS}),
        ("tests:\n  - path: /etc/motd\n    ^^", set(fields_of(TEST_KINDS["path"])) - {"path"}),
        ("matrix:\n  model: [^^", BOARDS),
        ("matrix:\n  provider:\n    - ^^", {"k3s", "k0s", "name", "version", "config", "plugin", "from"}),
        ("no: [such, {place: ^^", set()),
    ],
)
def test_what_fits_is_proposed_and_nothing_else(text: str, expected: set[str]) -> None:
    actual = labels(text)

    assert set(actual) == expected
    assert len(actual) == len(set(actual))


def test_steps_to_skip_are_those_of_the_chosen_kairos_init() -> None:
    assert "sshHardening" in labels("skip_steps: [^^")
    assert "sshHardening" not in labels("kairos_init: v0.17.2\nskip_steps:\n- ^^")
    assert "- kubernetes" in labels("skip_steps:\n  ^^\nkairos_init: {image: quay.io/kairos/kairos-init:v0.5.20}\n")


def test_bases_go_with_the_board() -> None:
    assert labels("base: ^^")[0] == "ubuntu:24.04"
    assert labels("model: rpi4\nbase: ^^")[0] == "ubuntu:22.04"


def test_args_are_proposed_behind_a_dollar_everywhere() -> None:
    args = "args: {SUITE: '13', TEAM: null}\n"

    assert labels(args + "base: debian:${^^")[:2] == ["SUITE", "TEAM"]
    assert "TARGETARCH" in labels(args + "labels: {a: '${TAR^^'}")
    assert labels(args + STEP + "    - run: |\n        echo ${SU^^")[0] == "SUITE"
    assert "SUITE" not in labels(args + "base: $${^^")
    assert chosen(args + "base: debian:${SU^^", "SUITE") == args + "base: debian:${SUITE}"
    assert chosen(args + "base: debian:${SU^^}", "SUITE") == args + "base: debian:${SUITE}"


@pytest.mark.parametrize(
    ("text", "label", "after"),
    [
        ("mo^^", "model", "model: "),
        ("prov^^: k3s", "provider", "provider: k3s"),
        ("ho^^", "hooks", "hooks:"),
        ("platforms:\n  linux/ar^^", "linux/arm64", "platforms:\n  linux/arm64: "),
        (STEP + "    - pa^^", "packages", STEP + "    - packages: "),
        (STEP + "    pa^^", "- packages", STEP + "    - packages: "),
        ("skip_steps:\n  ^^", "- branding", "skip_steps:\n  - branding"),
        ("skip_steps: [init, bra^^]", "branding", "skip_steps: [init, branding]"),
        ('provider: "k^^"', "k3s", 'provider: "k3s"'),
        ("base: 'u^^", "ubuntu:24.04", "base: 'ubuntu:24.04"),
    ],
)
def test_a_completion_replaces_the_typed_text(text: str, label: str, after: str) -> None:
    assert chosen(text, label) == after


def test_required_fields_say_so_and_keys_explain_themselves() -> None:
    (base,) = [proposal for proposal in proposals("^^") if proposal.label == "base"]

    assert base.detail == "required"
    assert "Linux image to start from" in base.markdown


def test_files_of_the_context_are_proposed_folder_by_folder(tmp_path: Path) -> None:
    for name in ("overlay/etc/motd", "common.yaml", ".git/x"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    files = BufferFiles(tmp_path, {})

    assert labels("include: [^^", files) == ["common.yaml", "overlay/"]
    assert labels(STEP + "    - copy: overlay/^^", files) == ["overlay/etc/"]
    assert labels(STEP + "    - from: alpine\n      copy: ^^", files) == []
    assert labels("extends: ../^^", files) == []
    assert labels("artifacts: {iso: {overlay_iso: ^^", files) == ["common.yaml", "overlay/"]


@pytest.mark.parametrize("pattern", [pattern for pattern, _ in (*completion.VALUES, *completion.KEYS_OF)], ids=str)
def test_every_place_that_words_are_known_for_is_one_of_the_language(pattern: Keys) -> None:
    some_key = (0, "linux/amd64", "after_init", "iso", "ignore")
    candidates = [some_key if part == ANY else (part,) for part in pattern]

    assert any(types_at(path, Outline([])) for path in product(*candidates))


def test_the_last_release_of_each_series_is_known() -> None:
    known = [parsed for tag in (each["tag"] for each in standin.facts()["releases"]) if (parsed := Release.parse(tag))]
    last: dict[tuple[int, int], Release] = {}
    for each in sorted(each for each in known if each.stage == "release"):
        last[each.major, each.minor] = each

    assert [release(tag) for tag in LAST_OF_SERIES] == sorted(last.values(), reverse=True)
    assert LAST_OF_SERIES[0] == NEWEST


def ask_everything(text: str, line: int, column: int) -> None:
    lines = lines_of(text)
    place = Position(line, column)
    completion.propose(lines, place, None)
    hover.explain(lines, Outline(lines), place)
    hover.find_definition(lines, place, None)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.parent.name)
def test_no_place_of_an_example_while_it_is_typed_is_too_much(example: Path) -> None:
    text = example.read_text()
    for end in range(0, len(text), 3):
        before = text[:end]
        ask_everything(before, before.count("\n") + 1, len(before) - before.rfind("\n"))
        hover.symbols_of(lines_of(before))


@settings(max_examples=300, deadline=None)
@given(some.text(alphabet="ab:-[]{},'\"#|>$ \n\t0&*!%@", max_size=60), some.integers(1, 6), some.integers(1, 20))
def test_no_text_at_all_is_too_much(text: str, line: int, column: int) -> None:
    ask_everything(text, line, column)
    ask_everything("hooks:\n  after_install:\n    - run: a\n" + text, line, column)
    hover.symbols_of(lines_of(text))
