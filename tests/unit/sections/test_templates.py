"""Args in cloud-configs: only if the file enables them, in the whole text, and always replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kairosfile import language, sections
from kairosfile.dockerfile.eject import eject
from kairosfile.language.nodes import Source
from kairosfile.plan.explain import explain_step
from kairosfile.plan.model import Copy, File
from kairosfile.plan.resolve import resolve

if TYPE_CHECKING:
    from kairosfile.sections.document import Document

HEAD = """\
base: debian:13
version: v1.0.0
args: {HASH: "$$6$$salt$$hash", USER: op, UNUSED: "", LINES: "a\\nb"}
"""
TEXT = 'users: [{name: "${USER}", passwd: "${HASH}", gecos: "$$1 ${UNUSED:-none}"}]\n'
FILLED = 'users: [{name: "op", passwd: "$6$salt$hash", gecos: "$1 none"}]\n'


def read(text: str, files: dict[str, str] | None = None, build_args: dict[str, str] | None = None) -> Document:
    options = language.DictFiles({name: data.encode() for name, data in (files or {}).items()})
    return sections.read(Source("Kairosfile", HEAD + text), build_args, files=options)


def content_of(document: Document, step_id: str = "cloud-config-1") -> str:
    (resolved,) = resolve(document, [document.platform])
    steps = [*resolved.steps, *(step for artifact in resolved.artifacts for step in artifact.steps)]
    action = next(step.action for step in steps if step.id == step_id)
    assert isinstance(action, File)
    return action.content


def faults(text: str, files: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(language.KairosfileError) as raised:
        read(text, files)
    return [fault.summary("Kairosfile") for fault in raised.value.diagnostics]


def file_text(text: str, template: str = "template: true") -> str:
    return f"cloud_config:\n  - name: a.yaml\n    {template}\n    content: |\n      #cloud-config\n      {text}"


def test_args_are_put_into_a_text_into_a_file_and_into_every_value_of_a_mapping() -> None:
    of_file = "cloud_config: [{name: a.yaml, template: true, from: a.yaml}]\n"
    mapping = (
        "cloud_config: [{name: a.yaml, template: true, content: {runcmd: ['${USER}'], a: {content: '${USER}'}}}]\n"
    )

    assert content_of(read(file_text(TEXT))) == f"#cloud-config\n{FILLED}"
    assert content_of(read(of_file, {"a.yaml": f"#cloud-config\n{TEXT}"})) == f"#cloud-config\n{FILLED}"
    assert content_of(read(mapping)) == "#cloud-config\nruncmd:\n- op\na:\n  content: op\n"


def test_a_build_arg_gives_another_value() -> None:
    assert 'name: "me"' in content_of(read(file_text(TEXT), build_args={"USER": "me"}))


@pytest.mark.parametrize("template", ["template: false", "# nothing"])
def test_without_a_template_nothing_is_touched(template: str) -> None:
    text = TEXT.replace("${HASH}", "$6$h").replace("${UNUSED:-none}", "${NOT_AN_ARG}")
    of_file = read(
        f"cloud_config:\n  - name: a.yaml\n    {template}\n    from: a.yaml\n", {"a.yaml": f"#cloud-config\n{text}"}
    )
    (resolved,) = resolve(of_file, [of_file.platform])

    assert "${NOT_AN_ARG}" in content_of(read(file_text(text, template)))
    assert any(isinstance(step.action, Copy) and step.action.sources == ("a.yaml",) for step in resolved.steps)


def test_an_artifact_takes_a_template_and_an_ejected_dockerfile_has_it_filled() -> None:
    document = read(
        "artifacts: {iso: {cloud_config: {from: a.yaml, template: true}}}\n", {"a.yaml": f"#cloud-config\n{TEXT}"}
    )
    (resolved,) = resolve(document, [document.platform])
    mounts = [
        mount
        for artifact in resolved.artifacts
        for step in artifact.steps
        if step.id == "auroraboot-iso"
        for mount in getattr(step.action, "mounts", ())
        if mount.target == "/overlay/iso/config.yaml"
    ]

    assert content_of(document, "iso-cloud-config") == f"#cloud-config\n{FILLED}"
    assert {(mount.step, mount.path) for mount in mounts} == {("iso-cloud-config", "/filled-cloud-config.yaml")}
    assert "from=iso-cloud-config,source=/filled-cloud-config.yaml," in eject(resolved, document)


def test_what_cannot_be_filled_is_an_error_at_its_place_in_the_file() -> None:
    of_file = "cloud_config: [{name: a.yaml, template: true, from: a.yaml}]\n"
    actual = faults(of_file, {"a.yaml": "#cloud-config\nhostname: ${USR}\nruncmd: ['${NEW:-x}', '${']\n"})

    assert [row.rpartition(" ")[2] for row in actual] == ["[KF401]", "[KF401]", "[KF403]"]
    assert actual[0].startswith('a.yaml:2:11: there is no arg "USR"; did you mean "USER"?')
    assert "KF401" in faults(file_text("hostname: ${USR}\n"))[0]


def test_what_a_value_makes_of_the_text_is_checked() -> None:
    assert "KF413" in faults(file_text("runcmd: ${USER}\n"))[0]
    # A value of several lines moves the following lines, so the range is the whole content.
    (row,) = faults(file_text("name: '${LINES}'\n      runcmd: a\n"))
    assert row.startswith("Kairosfile:7:14: runcmd must be a list")


def test_a_template_of_auroraboot_is_left_nowhere() -> None:
    assert "KF421" in faults(file_text("hostname: '[[[ .name ]]]'\n", "# nothing"))[0]
    assert "KF421" in faults("cloud_config: [{name: a.yaml, content: {hostname: '[[[.name]]]'}}]\n")[0]
    actual = faults(
        "artifacts: {iso: {cloud_config: a.yaml}}\n", {"a.yaml": "#cloud-config\nhostname: '[[[- .a.b ]]]'\n"}
    )
    assert actual[0].startswith("a.yaml:2:12: nothing expands [[[- .a.b ]]] here")


@pytest.mark.parametrize("text", ["[[[1, 2], [3]]]", "'[[[:alpha:]]]'", "'if [[[ -f /a ]]]'"])
def test_brackets_that_are_no_template_stay(text: str) -> None:
    read(file_text(f"options: {{a: '{text.strip(chr(39))}'}}\n", "# nothing"))


def test_a_template_runs_again_when_its_file_or_an_arg_changes() -> None:
    document = read(
        "cloud_config: [{name: a.yaml, template: true, from: a.yaml}]\n", {"a.yaml": f"#cloud-config\n{TEXT}"}
    )
    (resolved,) = resolve(document, [document.platform])
    (step,) = [step for step in resolved.steps if step.id == "cloud-config-1"]

    assert step.fields == ("cloud_config[0]", "args.USER", "args.HASH", "args.UNUSED")
    assert any(
        "a.yaml changes in the build context" in when for when in explain_step(document, resolved, step).runs_again_when
    )
