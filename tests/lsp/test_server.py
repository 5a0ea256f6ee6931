"""The responses of the installed command to an editor, over standard input and output."""

from __future__ import annotations

import os
import pty
import subprocess
from typing import TYPE_CHECKING

from lsprotocol import types as lsp

from kairosfile import language as spec
from kairosfile.cli.commands.check import check_source
from kairosfile.cli.load import LoadOptions
from kairosfile.language import rules
from tests.conformance import cases
from tests.lsp.editor import COMMAND, Editor

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DIGEST = "sha256:" + "a" * 64
CLEAN = f"# syntax=quay.io/kairos/kairos-frontend:v1\nbase: debian:13@{DIGEST}\nversion: v1.0.0\n"


def diagnostics_of(diagnostics: list[lsp.Diagnostic]) -> list[tuple[str, int, int]]:
    """Return rule, line and column of diagnostics, counted from 1."""
    return [(str(each.code), each.range.start.line + 1, each.range.start.character + 1) for each in diagnostics]


def apply(text: str, edit: lsp.TextEdit) -> str:
    lines = text.split("\n")
    start, end = edit.range.start, edit.range.end
    assert start.line == end.line
    units = lines[start.line].encode("utf-16-le")
    changed = units[: start.character * 2] + edit.new_text.encode("utf-16-le") + units[end.character * 2 :]
    lines[start.line] = changed.decode("utf-16-le")
    return "\n".join(lines)


def test_a_diagnostic_is_shown_with_its_rule_and_the_page_of_the_rule(editor: Editor) -> None:
    editor.open("Kairosfile", CLEAN + "provdier: k3s\n")

    (actual,) = editor.diagnostics("Kairosfile")
    assert actual.range == lsp.Range(lsp.Position(3, 0), lsp.Position(3, 8))
    assert actual.message == 'unknown key "provdier"; did you mean "provider"?'
    assert (actual.source, actual.code, actual.severity) == ("kairosfile", "KF004", lsp.DiagnosticSeverity.Error)
    assert actual.code_description == lsp.CodeDescription(rules.UNKNOWN_KEY.url)


def test_every_severity_is_shown(editor: Editor) -> None:
    editor.open("Kairosfile", "base: debian:13\nversion: v1.0.0\nfamily: susi\n")
    assert [each.severity for each in editor.diagnostics("Kairosfile")] == [
        lsp.DiagnosticSeverity.Information,
        lsp.DiagnosticSeverity.Error,
    ]

    editor.type("Kairosfile", "base: debian:13\nversion: 1.0.0\nkairos_init: v0.17.3\n")
    severities = [each.severity for each in editor.diagnostics("Kairosfile")]
    assert set(severities) == {lsp.DiagnosticSeverity.Warning, lsp.DiagnosticSeverity.Information}

    editor.type("Kairosfile", "base: debian:13\nversion: v1.0.0\nkairos_init: v0.17.3\nlint: {error: [KF501]}\n")
    severities = [each.severity for each in editor.diagnostics("Kairosfile")]
    assert set(severities) == {lsp.DiagnosticSeverity.Error, lsp.DiagnosticSeverity.Information}


def test_an_editor_shows_what_check_shows(editor: Editor) -> None:
    """Every conformance case that needs only its text."""
    compared = 0
    for case in cases.find():
        inputs = cases.expectation(case)
        data = case.read_bytes()
        if cases.context(case) or inputs.get("build_args") or inputs.get("platform") or b"\r" in data:
            continue
        try:
            text = data.decode()
        except UnicodeDecodeError:
            continue  # an editor sends only valid text
        name = f"{case.parent.parent.name}-{case.parent.name}-{case.stem}/Kairosfile"
        source = spec.Source("Kairosfile", text)
        checked = check_source(source, spec.DictFiles({}), LoadOptions({}, ()))
        editor.open(name, text)

        shown = [(each.code, each.range.start.line + 1, each.message) for each in editor.diagnostics(name)]
        expected = [(each.rule.id, each.range.start.line, each.sentence) for each in checked.diagnostics]
        assert sorted(shown) == sorted(expected), case
        compared += 1
    assert compared > 100


def test_columns_are_counted_in_utf_16(editor: Editor) -> None:
    text = CLEAN + "labels: {a: '\U0001f427\xe9', b: '${NON}', c: '${TARGETARC}'}\n"
    editor.open("Kairosfile", text)

    line = text.split("\n")[3]
    expected = [len(line[: line.index(word)].encode("utf-16-le")) // 2 for word in ("'${NON", "'${TARGETARC")]
    actual = editor.diagnostics("Kairosfile")
    assert [each.range.start.character for each in actual] == expected
    (action,) = editor.actions("Kairosfile", actual[1].range)
    assert action.edit
    assert action.edit.changes
    (edit,) = action.edit.changes[editor.uri("Kairosfile")]
    assert apply(text, edit) == text.replace("${TARGETARC}", "${TARGETARCH}")
    assert "Set by the platform" in editor.hover("Kairosfile", text.replace("TARGETARC", "TARGETAR^^CH"))


def test_an_editor_with_another_position_encoding_gets_positions_in_it(start: Callable[..., Editor]) -> None:
    general = lsp.GeneralClientCapabilities(position_encodings=[lsp.PositionEncodingKind.Utf8])
    editor = start(capabilities=lsp.ClientCapabilities(general=general))
    editor.open("Kairosfile", CLEAN + "labels: {a: '\xe9', b: '${NON}'}\n")

    assert editor.capabilities.position_encoding == lsp.PositionEncodingKind.Utf8
    assert [each.range.start.character for each in editor.diagnostics("Kairosfile")] == [21]


def test_lines_that_end_as_in_windows_and_a_byte_order_mark_change_no_line(editor: Editor) -> None:
    editor.open("Kairosfile", ("\ufeff" + CLEAN + "provdier: k3s\n").replace("\n", "\r\n"))

    assert diagnostics_of(editor.diagnostics("Kairosfile")) == [("KF004", 4, 1)]
    assert "Board" in editor.hover("Kairosfile", CLEAN.replace("\n", "\r\n") + "mo^^del: rpi4\r\n")


def test_a_line_break_that_only_some_know_does_not_shift_lines(editor: Editor) -> None:
    editor.open("Kairosfile", CLEAN + "labels: {a: 'x\x0cy'}\nprovdier: k3s\n")

    assert [each.range.start.line for each in editor.diagnostics("Kairosfile")] == [3]
    editor.type("Kairosfile", CLEAN + "# a\x0cb\nprovdier: k3s\n")
    assert [each.range.start.line for each in editor.diagnostics("Kairosfile")] == [3]


def test_a_diagnostic_of_an_included_file_is_shown_in_that_file(editor: Editor) -> None:
    (editor.folder / "common.yaml").write_text("fips: 1\n")
    editor.open("Kairosfile", CLEAN + "extends: common.yaml\n")

    assert editor.diagnostics("Kairosfile") == []
    assert diagnostics_of(editor.diagnostics("common.yaml")) == [("KF006", 1, 7)]


def test_an_unsaved_included_file_counts_and_its_change_checks_the_including_files(editor: Editor) -> None:
    (editor.folder / "common.yaml").write_text("fips: 1\n")
    editor.open("Kairosfile", CLEAN + "extends: common.yaml\n")
    editor.open("common.yaml", "fips: false\nmodle: rpi4\n")
    editor.wait(lambda: editor.uri("common.yaml") in editor.published)

    assert diagnostics_of(editor.diagnostics("common.yaml")) == [("KF004", 2, 1)]
    editor.type("common.yaml", "fips: false\n")
    assert editor.diagnostics("common.yaml") == []

    editor.shut("common.yaml")
    editor.wait(lambda: bool(editor.published[editor.uri("common.yaml")].diagnostics))
    assert diagnostics_of(editor.diagnostics("common.yaml")) == [("KF006", 1, 7)]


def test_a_file_included_twice_keeps_its_diagnostic_until_both_files_are_closed(editor: Editor) -> None:
    (editor.folder / "common.yaml").write_text("fips: 1\n")
    for name in ("Kairosfile", "Kairosfile.arm"):
        editor.open(name, CLEAN + "extends: common.yaml\n")
        editor.diagnostics(name)
    assert diagnostics_of(editor.diagnostics("common.yaml")) == [("KF006", 1, 7)]

    editor.shut("Kairosfile")
    editor.open("Kairosfile.last", CLEAN)
    assert editor.diagnostics("Kairosfile.last") == []
    assert diagnostics_of(editor.diagnostics("common.yaml")) == [("KF006", 1, 7)]
    editor.shut("Kairosfile.arm")
    editor.wait(lambda: not editor.published[editor.uri("common.yaml")].diagnostics)


def test_a_missing_file_is_found_once_it_is_written(editor: Editor) -> None:
    editor.open("Kairosfile", CLEAN + "extends: common.yaml\n")
    assert diagnostics_of(editor.diagnostics("Kairosfile")) == [("KF405", 4, 10)]

    editor.open("common.yaml", "model: rpi4\n")
    editor.wait(lambda: not editor.published[editor.uri("Kairosfile")].diagnostics)


def test_a_kairosfile_is_recognised_by_its_name_or_its_language_id(editor: Editor) -> None:
    checked = {"Kairosfile": "yaml", "Kairosfile.rpi4": "plaintext", "edge.kairosfile.yaml": "yaml"}
    checked |= {"edge.yaml": "kairosfile"}
    others = {"common.yaml": "yaml", "Kairosfile.lock": "json", "Kairosfile.dockerignore": "ignore", "MyKairosfile": ""}
    for name, language in (others | checked).items():
        editor.open(name, "a: 1\n", language)

    for name in checked:
        assert diagnostics_of(editor.diagnostics(name))[0][0] in {"KF004", "KF005"}
    assert {editor.uri(name) for name in others} & editor.published.keys() == set()
    assert editor.hover("edge.yaml", "ba^^se: a\n")
    assert editor.hover("common.yaml", "ba^^se: a\n") == ""
    editor.type("Kairosfile", "extends: common.yaml\n")
    assert editor.diagnostics("Kairosfile")
    assert editor.hover("common.yaml", "ba^^se: a\n")


def test_the_last_of_quick_changes_is_the_one_that_is_shown(editor: Editor) -> None:
    editor.open("Kairosfile", CLEAN)
    for end in range(1, len("provdier: k3s") + 1):
        editor.type("Kairosfile", CLEAN + "provdier: k3s"[:end])
    assert diagnostics_of(editor.diagnostics("Kairosfile")) == [("KF004", 4, 1)]
    editor.type("Kairosfile", CLEAN)
    assert editor.diagnostics("Kairosfile") == []


def test_build_args_platforms_and_the_context_are_those_of_the_command(start: Callable[..., Editor]) -> None:
    editor = start("--build-arg", "TEAM=a", "--platform", "linux/amd64", "--context", ".")
    (editor.folder / "common.yaml").write_text("labels: {team: '${TEAM}'}\nargs: {TEAM: null}\n")
    editor.open("sub/Kairosfile", CLEAN + "extends: common.yaml\n")
    assert editor.diagnostics("sub/Kairosfile") == []

    editor.type("sub/Kairosfile", CLEAN + "model: rpi4\n")
    assert diagnostics_of(editor.diagnostics("sub/Kairosfile")) == [("KF203", 4, 8)]


def test_a_fix_is_offered_at_its_diagnostic_and_removes_it(editor: Editor) -> None:
    text = CLEAN + "provdier: k3s\nmodel: generc\n"
    editor.open("Kairosfile", text)
    actual = editor.diagnostics("Kairosfile")
    (action,) = editor.actions("Kairosfile", lsp.Range(lsp.Position(3, 2), lsp.Position(3, 2)))

    assert (action.title, action.kind, action.is_preferred) == ('Change to "provider"', "quickfix", True)
    assert list(action.diagnostics or ()) == [actual[0]]
    assert action.edit
    assert action.edit.changes
    (edit,) = action.edit.changes[editor.uri("Kairosfile")]
    editor.type("Kairosfile", apply(text, edit))
    assert {each.code for each in editor.diagnostics("Kairosfile")} == {"KF101", "KF503"}
    assert editor.actions("Kairosfile", lsp.Range(lsp.Position(0, 0), lsp.Position(0, 4))) == []


def test_what_has_no_effect_can_be_removed_and_its_neighbours_stay(editor: Editor) -> None:
    text = CLEAN + "# ours\nqqqqqq: {a: b}  # away\nmodel: generic  # stays\n"
    editor.open("Kairosfile", text)
    (actual,) = editor.diagnostics("Kairosfile")
    (action,) = editor.actions("Kairosfile", actual.range)

    assert (action.title, action.is_preferred) == ("Remove qqqqqq", False)
    assert action.edit
    assert action.edit.changes
    (edit,) = action.edit.changes[editor.uri("Kairosfile")]
    lines = text.split("\n")
    start, end = edit.range.start, edit.range.end
    assert edit.new_text == ""
    assert (start.line, start.character, lines[end.line][end.character :]) == (end.line - 1, len(lines[start.line]), "")
    assert lines[end.line].startswith("qqqqqq")


def test_hover_says_what_the_reference_says(editor: Editor) -> None:
    editor.open("Kairosfile", CLEAN)

    result = editor.hover("Kairosfile", CLEAN + "prov^^ider:\n  config: a.yaml\n")
    assert result.startswith(
        "**provider**\n\n"
        "Kubernetes distribution: a name, or name and version; with your own plugin any distribution.\n\n"
        "- Type: Provider\n"
    )
    assert "- kairos-init: v0.2.0 and newer" in result
    result = editor.hover("Kairosfile", CLEAN + "provider:\n  version: v1.33^^.1+k3s1\n")
    assert "- Default: nothing\n\n```yaml\nversion: v1.33.1+k3s1\n```" in result
    assert editor.hover("Kairosfile", CLEAN + "  # ^^ nothing\n") == ""
    run = "args: {SUITE: '13'}\nhooks:\n  after_init:\n    - run: echo $HOME ${SUITE}\n"
    assert "- Default: `13`" in editor.hover("Kairosfile", CLEAN + run.replace("SUITE}", "SUI^^TE}"))
    assert editor.hover("Kairosfile", CLEAN + run.replace("HOME", "HO^^ME")).startswith("**run**")


def test_completion_is_offered_in_the_middle_of_a_word(editor: Editor) -> None:
    editor.open("Kairosfile", CLEAN)
    items = editor.complete("Kairosfile", CLEAN + "hooks:\n  after_install:\n    - pa^^\nargs: {}\n")

    item = next(each for each in items if each.label == "packages")
    assert isinstance(item.text_edit, lsp.TextEdit)
    assert item.text_edit == lsp.TextEdit(lsp.Range(lsp.Position(5, 6), lsp.Position(5, 8)), "packages: ")
    assert isinstance(item.documentation, lsp.MarkupContent)
    assert "Packages to install" in item.documentation.value
    assert [each.label for each in sorted(items, key=lambda each: str(each.sort_text))] == [i.label for i in items]


def test_completion_names_files_of_the_context(editor: Editor) -> None:
    (editor.folder / "common").mkdir()
    (editor.folder / "common" / "base.yaml").write_text("")
    editor.open("Kairosfile", CLEAN)

    assert [each.label for each in editor.complete("Kairosfile", CLEAN + "extends: ^^")] == ["common/"]
    assert [each.label for each in editor.complete("Kairosfile", CLEAN + "extends: common/^^")] == ["common/base.yaml"]


def test_definitions_are_files_that_are_named_and_args_behind_a_dollar(editor: Editor) -> None:
    (editor.folder / "common.yaml").write_text("include: [args.yaml]\n")
    (editor.folder / "args.yaml").write_text("model: rpi4\nargs:\n  '\U0001f427': x\n  TEAM: a\n")
    editor.open("Kairosfile", CLEAN)
    own = CLEAN + "args: {SUITE: '13'}\nextends: common.yaml\nlabels: {a: '${SUITE} ${TEAM}'}\n"

    def definition_at(mark: str) -> tuple[str, int, int] | None:
        where = editor.definition("Kairosfile", own.replace(mark.replace("^^", ""), mark, 1))
        return (where.uri, where.range.start.line, where.range.start.character) if where else None

    assert definition_at("common^^.yaml") == (editor.uri("common.yaml"), 0, 0)
    assert definition_at("${SU^^ITE}") == (editor.uri("Kairosfile"), 3, 7)
    assert definition_at("${TE^^AM}") == (editor.uri("args.yaml"), 3, 2)
    assert definition_at("ver^^sion") is None


def test_the_outline_names_steps(editor: Editor) -> None:
    text = "base: a\nhooks:\n  after_install:\n  - run: |\n      echo\n    name: tools\n  - packages: [vim]\n"
    editor.open("Kairosfile", text)

    base, hooks = editor.symbols("Kairosfile")
    assert (base.name, base.detail, hooks.name) == ("base", "a", "hooks")
    (hook,) = hooks.children or []
    assert [child.name for child in hook.children or []] == ["run: tools", "packages"]
    assert hooks.range.end.line == 6


def test_a_name_that_no_file_can_have_is_a_missing_file(editor: Editor) -> None:
    editor.open("Kairosfile", CLEAN + 'extends: "a\\0b"\n')

    assert diagnostics_of(editor.diagnostics("Kairosfile")) == [("KF405", 4, 10)]
    assert "Board" in editor.hover("Kairosfile", CLEAN + "mo^^del: rpi4\n")
    assert editor.diagnostics("Kairosfile") == []


def test_a_text_that_is_no_file_is_checked_too(editor: Editor) -> None:
    uri = "untitled:Untitled-1"
    item = lsp.TextDocumentItem(uri, "kairosfile", 1, CLEAN + "fips: 1\n")
    editor.client.text_document_did_open(lsp.DidOpenTextDocumentParams(item))

    editor.wait(lambda: uri in editor.published)
    assert diagnostics_of(list(editor.published[uri].diagnostics)) == [("KF006", 4, 7)]


def test_on_a_terminal_the_command_says_that_editors_start_it(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    done = subprocess.run([COMMAND, "lsp"], cwd=tmp_path, stdin=theirs, capture_output=True, text=True, check=False)
    os.close(ours)
    os.close(theirs)

    assert done.returncode == 2
    assert done.stderr.startswith("kairosfile: an editor starts the language server")
