"""Files with realistic mistakes: each is reported once, at its range, and an offered edit fixes it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kairosfile import language
from kairosfile.cli.commands.check import check_source
from kairosfile.cli.load import LoadOptions
from kairosfile.cli.lsp.checks import FileFinding
from kairosfile.cli.lsp.messages import solution
from kairosfile.language import renderers
from kairosfile.language.editing import Edit
from kairosfile.language.renderers import Checked
from tests.unit.language.edits import applied

if TYPE_CHECKING:
    from kairosfile.language import Diagnostic

FILES = sorted(Path(__file__).with_name("mistakes").glob("*.yaml"))
# Notes that any short file has.
COMMON = {"KF501", "KF502", "KF503"}
# By file: the rule, the line and the column of each diagnostic, and whether its edits alone make the file valid.
EXPECTED: dict[str, tuple[list[tuple[str, int, int]], bool]] = {
    "01-typo-key": ([("KF004", 3, 1)], True),
    "02-wrong-indent": ([("KF002", 7, 7)], True),
    "04-wrong-type": ([("KF006", 2, 7), ("KF006", 4, 15), ("KF006", 5, 7)], False),
    "05-model-arch": ([("KF203", 3, 8)], False),
    "06-provider-version-mixed": ([("KF104", 5, 12)], True),
    "07-provider-version-swapped": ([("KF104", 5, 12)], True),
    "08-list-for-map": ([("KF006", 4, 3)], True),
    "09-map-for-list": ([("KF006", 6, 5)], True),
    "10-tabs": ([("KF002", 5, 1)], True),
    "11-crlf": ([], True),
    "12-float-version": ([("KF104", 3, 32), ("KF506", 4, 10), ("KF508", 4, 10)], True),
    "13-on-yes": ([("KF006", 4, 15), ("KF006", 5, 7)], False),
    "14-octal-mode": ([("KF121", 17, 13), ("KF121", 20, 13)], False),
    "15-tilde-null": ([("KF006", 2, 1), ("KF006", 3, 1)], False),
    "17-anchor-undefined": ([("KF002", 3, 10)], False),
    "19-multiline-dockerstyle": ([("KF315", 7, 9)], True),
    "20-folded-run": ([("KF315", 8, 9)], True),
    "21-colon-in-run": ([("KF002", 6, 34)], True),
    "22-unknown-hook": ([("KF004", 5, 3), ("KF004", 7, 3)], True),
    "24-missing-colon": ([("KF002", 3, 1)], True),
    "25-missing-space": ([("KF002", 2, 1)], True),
    "26-unclosed-quote": ([("KF002", 2, 7)], True),
    "27-dup-key": ([("KF003", 4, 1)], False),
    "29-empty": ([("KF006", 1, 1)], False),
    "30-only-syntax": ([("KF006", 1, 1)], False),
    "31-hook-list-string": ([("KF008", 6, 7), ("KF008", 7, 7)], False),
    "32-no-syntax-line": ([("KF010", 1, 1)], True),
    "33-syntax-not-first": ([("KF010", 2, 1)], True),
    "34-two-docs": ([("KF002", 5, 1)], False),
    "35-unknown-model": ([("KF101", 3, 8)], True),
    "37-standard-no-provider": ([("KF201", 3, 10)], False),
    "38-env-list": ([("KF006", 8, 9)], True),
    "39-labels-list": ([("KF006", 5, 3), ("KF006", 7, 3)], False),
    "40-camelcase": ([("KF004", 4, 1), ("KF004", 5, 1), ("KF004", 7, 3)], False),
    "41-bom-nbsp": ([("KF002", 3, 9)], True),
    "43-run-list-of-commands": ([("KF314", 7, 9), ("KF505", 8, 11)], False),
    "44-relative-to": ([("KF423", 6, 13), ("KF105", 7, 11), ("KF105", 8, 13), ("KF105", 10, 13)], False),
    "46-artifact-list": ([("KF006", 4, 12)], True),
    "47-artifact-typo": ([("KF004", 5, 3), ("KF004", 6, 3)], True),
    "48-percent-at": ([("KF002", 3, 10)], False),
    "50-base-space": ([("KF102", 2, 7), ("KF103", 3, 10)], True),
    "52-top-level-list": ([("KF006", 2, 1)], True),
    "53-kairos-init-number": ([("KF210", 4, 14)], True),
    "54-provider-novesion-v": ([("KF104", 4, 32)], True),
    "55-provider-at": ([("KF101", 4, 11)], True),
    "60-step-at-the-top": ([("KF004", 4, 1), ("KF004", 5, 1)], False),
    "61-step-below-hooks": ([("KF004", 5, 3)], False),
    "62-artifact-at-the-top": ([("KF004", 4, 1)], False),
    "63-field-below-provider": ([("KF004", 7, 3)], False),
    "64-cloud-config-at-the-top": ([("KF004", 4, 1), ("KF004", 6, 1)], False),
    "65-packages-in-one-text": ([("KF006", 6, 17), ("KF006", 7, 27)], True),
    "66-platforms-in-one-text": ([("KF006", 4, 12)], True),
    "67-short-platforms": ([("KF404", 4, 13), ("KF404", 4, 20)], True),
    "68-board-of-another-number": ([("KF101", 4, 8)], False),
    "69-artifacts-as-switches": ([("KF006", 5, 8), ("KF006", 6, 8), ("KF006", 7, 12)], True),
    "70-artifacts-switched-off": ([("KF006", 5, 8), ("KF006", 6, 8)], False),
    "71-artifacts-in-capitals": ([("KF006", 4, 12)], True),
    "72-quoted-sizes": ([("KF126", 6, 17), ("KF126", 7, 11)], True),
    "73-env-as-a-text": ([("KF006", 7, 12)], True),
    "74-mounts-as-docker-writes-them": ([("KF006", 8, 11), ("KF006", 9, 11)], True),
    "75-arg-in-brackets": ([("KF002", 5, 16)], True),
    "76-cloud-config-as-a-mapping": ([("KF006", 5, 3)], False),
    "77-names-in-brackets": ([("KF006", 4, 8), ("KF006", 5, 7)], False),
    "78-k3s-tag-of-an-image": ([("KF104", 4, 32)], True),
    "79-windows": ([("KF006", 6, 17), ("KF004", 7, 7)], True),
    "80-steps-below-install-and-init": ([("KF006", 5, 3), ("KF004", 7, 3), ("KF004", 8, 3), ("KF004", 11, 3)], False),
    "81-name-and-password-alike": ([("KF504", 10, 19), ("KF504", 13, 19)], False),
}
# The number of mistakes in a file, if it differs from the number of diagnostics.
MISTAKES = {"12-float-version": 2}
# A user's changes for hints that have no safe edit: replacements in the text after the edits.
# `+` adds a file to the build context.
BY_HAND: dict[str, dict[str, str]] = {
    "04-wrong-type": {"fips: true\n": "fips: true\ninstall: {fips: false}\n"},
    "05-model-arch": {"model: rpi4": "model: generic"},
    "13-on-yes": {"fips: true\n": "fips: true\ninstall: {fips: false}\n"},
    "14-octal-mode": {"u+x": "0755", "0799": "0644"},
    "15-tilde-null": {"base: ~": "base: debian:13", "version: ~": "version: v1.0.0"},
    "17-anchor-undefined": {"*ver": "v1.0.0"},
    "27-dup-key": {"base: debian:13\n": ""},
    "29-empty": {"": "# syntax=quay.io/kairos/kairos-frontend:v1\nbase: debian:13\nversion: v1.0.0\n"},
    "30-only-syntax": {":v1\n": ":v1\nbase: debian:13\nversion: v1.0.0\n"},
    "31-hook-list-string": {"run: apt-get install -y vim": "packages: [vim]"},
    "34-two-docs": {"---\nbase: debian:13\nversion: v1\n": ""},
    "37-standard-no-provider": {"variant: standard\n": "variant: standard\nprovider: k3s\n"},
    "39-labels-list": {"VERSION: null": "VERSION: v1.0.0"},
    "40-camelcase": {"+x.yaml": "#cloud-config\n"},
    "43-run-list-of-commands": {
        "- run: |\n        apt-get update\n        apt-get install -y vim": "- packages: [vim]",
    },
    "44-relative-to": {"+overlay/etc/a": "", "../secrets": "secrets", "+secrets": ""},
    "48-percent-at": {"@VERSION@": "${RELEASE}\nargs: {RELEASE: v1.0.0}"},
    "60-step-at-the-top": {
        "packages: [htop]\nafter_install:\n  - run": "hooks:\n  after_install:\n  - packages: [htop]\n  - run"
    },
    "61-step-below-hooks": {"  packages: [htop]": "  after_install:\n    - packages: [htop]"},
    "62-artifact-at-the-top": {"iso:\n  cloud": "artifacts:\n  iso:\n    cloud", "+a.yaml": "#cloud-config\n"},
    "63-field-below-provider": {"  skip_steps": "skip_steps"},
    "64-cloud-config-at-the-top": {
        "users:\n  - name: kairos\nstages: {}\n": "cloud_config:\n  - name: 90_custom.yaml\n    content:\n"
        "      users: [{name: kairos, lock_passwd: true}]\n      stages: {}\n"
    },
    "68-board-of-another-number": {"rpi5": "rpi4"},
    "70-artifacts-switched-off": {'artifacts:\n  iso: false\n  raw: "no"\n': ""},
    "76-cloud-config-as-a-mapping": {
        "  users:\n    - name: kairos\n": "  - name: 90_custom.yaml\n    content:\n"
        "      users: [{name: kairos, lock_passwd: true}]\n"
    },
    "77-names-in-brackets": {"[layers]": "{layers: one}", "[ignore]": "{ignore: [KF504]}"},
    "80-steps-below-install-and-init": {
        "install:\n  - packages: [vim]\ninit:\n  run: echo done\n  after:\n    - run: echo done\n": "",
        "  after_install:\n    - run: echo done\n": "  after_install:\n    - packages: [vim]\n    - run: echo done\n"
        "  after_init:\n    - run: echo done\n    - run: echo done\n",
    },
    "81-name-and-password-alike": {
        "admin\n          passwd: admin\n          lock_passwd: false": "admin\n          lock_passwd: true",
        "backup\n          passwd: admin\n          lock_passwd: false": "backup\n          lock_passwd: true",
    },
}


def found_in(text: str, files: language.DictFiles | None = None) -> list[Diagnostic]:
    """Return the diagnostics of a text that is alone in its folder, without the notes that every file has."""
    files = files or language.DictFiles({})
    checked = check_source(language.Source("/nowhere/Kairosfile", text), files, LoadOptions({}, ()))
    return [diagnostic for diagnostic in checked.diagnostics if diagnostic.rule.id not in COMMON]


def text_of(file: Path) -> str:
    return language.decode("Kairosfile", file.read_bytes()).text


def places(diagnostics: list[Diagnostic]) -> list[tuple[str, int, int]]:
    return [(each.rule.id, *each.range.start) for each in diagnostics]


# The hints for the mistakes that have no edit, and for some that have one.
HINTS = {
    "60-step-at-the-top": [
        "it is a step: write `- packages: ...` in hooks, below before_install, after_install or after_init",
        '"after_install" belongs below `hooks:`',
    ],
    "61-step-below-hooks": [
        "it is a step: write `- packages: ...` in hooks, below before_install, after_install or after_init"
    ],
    "62-artifact-at-the-top": ['"iso" belongs below `artifacts:`'],
    "63-field-below-provider": ['"skip_steps" belongs at the top level of the file'],
    "64-cloud-config-at-the-top": [
        "it is of a cloud-config: write it in the content of one, below `cloud_config:`",
        "it is of a cloud-config: write it in the content of one, below `cloud_config:`",
    ],
    "70-artifacts-switched-off": ["remove it: only what is named is made"] * 2,
    "76-cloud-config-as-a-mapping": [
        "begin with `- name: 90_custom.yaml`, and below it write `content:`, or `from:` with a file"
    ],
    "77-names-in-brackets": ["write `layers: ...` below it", "write `ignore: ...` below it"],
    "78-k3s-tag-of-an-image": ["write v1.33.2+k3s1"],
    "80-steps-below-install-and-init": [
        "write steps in hooks, below after_install",
        "it is a step: write `- run: ...` in hooks, below after_init",
        "write it as `after_init:`, below `hooks:`",
        'did you mean "after_install"?',
    ],
}


def test_each_file_has_its_expectation() -> None:
    assert {file.stem for file in FILES} == set(EXPECTED)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_mistake_is_reported_once_at_its_range(file: Path) -> None:
    assert places(found_in(text_of(file))) == EXPECTED[file.stem][0]


@pytest.mark.parametrize("name", HINTS)
def test_a_mistake_without_an_automatic_fix_says_what_to_do(name: str) -> None:
    (file,) = [file for file in FILES if file.stem == name]
    assert [each.hint for each in found_in(text_of(file))] == HINTS[name]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_machine_readable_output_has_every_edit_of_the_text_output(file: Path) -> None:
    """In JSON, in SARIF and in an editor, where the edit is the preferred action."""
    text = text_of(file)
    source = language.Source("Kairosfile", text)
    actual = found_in(text)
    data = json.loads(renderers.render_json([Checked.of(source, actual)]))["diagnostics"]
    (run,) = json.loads(renderers.render_sarif([Checked.of(source, actual)]))["runs"]
    fixes = [each.fix for each in actual]

    assert [each["fix"] and each["fix"]["text"] for each in data] == [fix and fix.text for fix in fixes]
    assert [replacement_of(result) for result in run["results"]] == [fix and fix.text for fix in fixes]
    offered = [solution(FileFinding(file, source, each)) for each in actual]
    for fix, action in zip(fixes, offered, strict=True):
        assert not fix or (action and action.preferred and action.edits == [Edit(fix.range, fix.text)])


def replacement_of(result: dict[str, Any]) -> str | None:
    if "fixes" not in result:
        return None
    ((replacement,),) = (change["replacements"] for fix in result["fixes"] for change in fix["artifactChanges"])
    return str(replacement.get("insertedContent", {}).get("text", ""))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_an_edit_does_away_with_its_mistake(file: Path) -> None:
    text = text_of(file)
    actual = found_in(text)
    for diagnostic in actual:
        if diagnostic.fix:
            after = [(each.rule, each.range.start) for each in found_in(applied(text, diagnostic.fix))]
            assert (diagnostic.rule, diagnostic.range.start) not in after


def with_edits(text: str) -> str:
    """Return a text after all offered edits, applied in sequence."""
    for _ in range(10):
        fixes = [diagnostic.fix for diagnostic in found_in(text) if diagnostic.fix]
        if not fixes:
            break
        text = applied(text, fixes[0])
    return text


@pytest.mark.parametrize("file", [file for file in FILES if EXPECTED[file.stem][1]], ids=lambda file: file.stem)
def test_the_edits_of_a_file_make_it_valid(file: Path) -> None:
    assert found_in(with_edits(text_of(file))) == []


def followed(file: Path) -> list[Diagnostic]:
    """Return the diagnostics after the edits and after a user's changes for the other hints."""
    text, files = with_edits(text_of(file)), {}
    for old, new in BY_HAND[file.stem].items():
        if old.startswith("+"):
            files[old[1:]] = new.encode()
        else:
            assert old in text, f"{old!r} is not in\n{text}"
            text = text.replace(old, new, 1)
    return found_in(text, language.DictFiles(files))


@pytest.mark.parametrize("file", [file for file in FILES if not EXPECTED[file.stem][1]], ids=lambda file: file.stem)
def test_following_the_hints_makes_a_file_valid(file: Path) -> None:
    assert followed(file) == []


@pytest.mark.parametrize("platform", ["linux/arm65", "linux/s390x"])
def test_a_platform_without_kairos_is_reported_once(platform: str) -> None:
    text = text_of(FILES[0]).split("\n")[0] + "\nbase: ubuntu:24.04\nversion: v1.0.0\nprovider: k3s\nmodel: rpi4\n"
    files = language.DictFiles({})
    checked = check_source(language.Source("/nowhere/Kairosfile", text), files, LoadOptions({}, (platform,)))

    assert [each.rule.id for each in checked.diagnostics if each.rule.id not in COMMON] == ["KF229"]
