"""An ejected Dockerfile carries its Kairosfile: `adopt` restores it, except for the parts that an edit changes.

`kairosfiles/` has files that changed in this round trip before Dockerfiles carried them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kairosfile import language, sections
from kairosfile.dockerfile import carried, reader
from kairosfile.dockerfile.adopt import NotKairosError, adopt
from kairosfile.dockerfile.adopt.ejected import exported
from kairosfile.dockerfile.eject import InexpressibleError, eject
from kairosfile.plan.resolve import resolve
from kairosfile.plan.serialize import to_json
from tests.conformance import cases
from tests.unit.dockerfile.command import run

if TYPE_CHECKING:
    from kairosfile.plan import Plan

VALID = cases.find(cases.CASES / "valid")
KAIROSFILES = sorted(Path(__file__).with_name("kairosfiles").glob("*.yaml"))
INEXPRESSIBLE = {"copy-with-options", "label-with-a-newline"}
# Fields that only the carried Kairosfile has, or whose plan has other ranges.
RESOLVED = {"extends", "include", "platforms"}
FULL = """\
# syntax=quay.io/kairos/kairos-frontend:v1
# my nodes
base: debian:13
provider: {name: k3s, version: v1.33.1+k3s1}
version: v1.0.0
args: {TOOL: "1.2"}
hooks:
  after_install:
    # vim is for Ana
    - packages: [vim]
    - name: tools
      run: |
        echo $TOOL > /etc/tool
        echo two
      env: {A: b c}
    - {copy: a, to: /opt/x/, mode: "0755"}
    - {file: /etc/x, content: no line break}
    - run: touch /x
cloud_config:
  - {name: 90_own.yaml, content: "#cloud-config\\nusers: []\\n"}
# what must hold
tests:
  - {path: /etc/a}
  - {run: [test, -e, /]}
artifacts: {iso: }
annotations: {a.b: c}
"""

# Sections of kairos-init stages are not adopted from an edited file: they are reported as unsupported.
LEFT_OVER = {"install-mounts"}
# adopt does not accept an edited Dockerfile without a kairos-init call as a Kairos image.
WITHOUT_KAIROS_INIT = {"layer-on-a-kairos-image", "layer-of-labels-alone"}
# Only init has FIPS: adopt sets it for the whole image, and Ubuntu's install rejects it.
# Eject fills in the args of a template; the adopted file names it as a template without them.
REFUSED_AGAIN = {"fips-of-init-alone-on-ubuntu", "template"}


def read(text: str, platform: str = "linux/amd64", **more: Any) -> tuple[sections.Document, Plan]:
    document = sections.read(language.decode("Kairosfile", text.encode()), platforms=[platform], **more)
    (own,) = document.for_platforms([platform])
    (plan,) = resolve(document, [platform])
    return own, plan


def ejected(text: str) -> str:
    document, plan = read(text)
    return eject(plan, document)


@pytest.mark.parametrize("case", VALID, ids=lambda case: f"{case.parent.name}/{case.stem}")
def test_an_untouched_file_is_adopted_as_the_original_kairosfile(case: Path) -> None:
    inputs = cases.expectation(case)
    platform = inputs.get("platform", "linux/amd64")
    text = case.read_bytes().decode()
    document, plan = read(text, platform, build_args=inputs.get("build_args"), files=cases.context(case))
    if case.stem in INEXPRESSIBLE:
        with pytest.raises(InexpressibleError):
            eject(plan, document)
        return

    adoption = adopt(eject(plan, document, original=text), {})

    assert adoption.text() == text
    assert adoption.unsupported == []
    adoption.account.check()


@pytest.mark.parametrize("case", VALID, ids=lambda case: f"{case.parent.name}/{case.stem}")
def test_edited_file_is_adopted_with_the_steps_that_it_was_ejected_with(case: Path) -> None:
    """An extra label forces the adoption of the whole image from its instructions."""
    inputs = cases.expectation(case)
    platform = inputs.get("platform", "linux/amd64")
    files = cases.context(case)
    document, plan = read(case.read_text(), platform, build_args=inputs.get("build_args"), files=files)
    if case.stem in INEXPRESSIBLE | REFUSED_AGAIN:
        return
    if case.stem in WITHOUT_KAIROS_INIT:
        with pytest.raises(NotKairosError):
            adopt(edited(eject(plan, document)), {})
        return

    adoption = adopt(edited(eject(plan, document)), {})

    adoption.account.check()
    reasons = [item.reason for item in adoption.unsupported]
    assert bool(reasons) == (case.stem in LEFT_OVER)
    if reasons:
        return
    _, again = read(adoption.text(), platform, files=files)
    assert essence(again) == essence(plan)


def edited(dockerfile: str) -> str:
    """Add a label to the image."""
    return dockerfile.replace("\nLABEL ", "\nLABEL edited=yes ", 1)


def essence(own_plan: Plan) -> dict[str, Any]:
    """Return the image's steps without details that a Dockerfile cannot store: ranges, fields, ends of scripts.

    A script that starts with exports equals the same script with these variables in its environment.
    """
    data = to_json(own_plan)
    steps = [step for step in data["steps"] if not step["id"].startswith("tests-")]
    for step in steps:
        for key in ("ranges", "fields", "aliases"):
            step.pop(key, None)
        step["name"] = " ".join(step["name"].split())
        if "run" in step:
            env, last = exported(step["run"]["argv"][-1])
            argv = [*step["run"]["argv"][:-1], last]
            step["run"]["argv"] = [word.strip(" \t\n") for word in argv]
            step["run"]["env"] = {**step["run"]["env"], **env}
    return {"steps": steps}


def test_edited_file_keeps_the_sections_that_say_nothing_of_the_image() -> None:
    adoption = adopt(edited(ejected(FULL)), {})

    assert "\n# what must hold\ntests:\n  - {path: /etc/a}\n  - {run: [test, -e, /]}\n" in adoption.text()
    assert "\nartifacts: {iso: }\n" in adoption.text()
    assert "\nannotations: {a.b: c}\n" in adoption.text()
    assert adoption.unsupported == []


def test_edited_test_is_left_over_with_its_line_and_the_others_stay() -> None:
    dockerfile = ejected(FULL).replace('"path", "/etc/a"', '"path", "/etc/b"')
    line = next(number for number, text in enumerate(dockerfile.split("\n"), 1) if text.endswith("AS tests-1"))

    adoption = adopt(dockerfile, {})

    assert line in [item.line for item in adoption.unsupported]
    assert all("tests-1" in item.reason for item in adoption.unsupported)
    assert "tests:\n- run:\n  - test\n" in adoption.text()
    assert "/etc/b" not in adoption.text().partition("cloud_config")[2]


def test_edited_artifact_is_left_over_with_its_line() -> None:
    adoption = adopt(ejected(FULL).replace('"build-iso", ', '"build-iso", "--date", '), {})

    assert {item.reason for item in adoption.unsupported} == {
        "the stage auroraboot-iso was edited after it was ejected"
    }
    assert "artifacts" not in adoption.text()


def test_edited_step_is_adopted_from_its_instruction() -> None:
    adoption = adopt(ejected(FULL).replace("RUN touch /x", "RUN touch /y"), {})

    steps = adoption.fields["hooks"]["after_install"]
    assert steps[-1].data["run"] == "touch /y"
    assert (steps[0].data, steps[0].comment) == ({"packages": ["vim"]}, ("vim is for Ana",))
    assert steps[1].data["name"] == "tools"
    assert adoption.fields["args"] == {"TOOL": "1.2"}
    assert adoption.fields["cloud_config"] == [{"name": "90_own.yaml", "content": "#cloud-config\nusers: []\n"}]


def test_comments_and_blank_lines_are_no_edit() -> None:
    dockerfile = ejected(FULL).replace("\nRUN ", "\n\n# mine\nRUN ")

    assert adopt(dockerfile, {}).text() == FULL


def test_build_args_of_the_ejection_are_listed(tmp_path: Path) -> None:
    (tmp_path / "Kairosfile").write_text(FULL.replace('- {copy: a, to: /opt/x/, mode: "0755"}', "- run: x"))
    assert run("eject", "--build-arg", "VERSION=v2.0.0", "-o", "Dockerfile", folder=tmp_path).returncode == 0

    done = run("adopt", "Dockerfile", folder=tmp_path)

    assert done.stdout == (tmp_path / "Kairosfile").read_text()
    assert "was ejected with --build-arg VERSION=v2.0.0" in done.stderr


@pytest.mark.parametrize("path", KAIROSFILES, ids=lambda path: path.stem)
def test_file_that_once_came_back_changed_comes_back_as_it_was(path: Path) -> None:
    text = path.read_text()
    try:
        dockerfile = ejected(text)
    except (language.KairosfileError, InexpressibleError) as error:
        pytest.skip(f"not ejected: {str(error)[:60]}")

    assert adopt(dockerfile, {}).text() == text


@given(st.text(alphabet=st.characters(codec="utf-8")), st.text(alphabet=st.characters(codec="utf-8")))
def test_any_text_is_carried(text: str, comment: str) -> None:
    instructions = reader.parse("FROM a\nRUN b\n").instructions
    comments = carried.comments(text, instructions, {})

    carried_file = carried.find(f"FROM a\nRUN b\n# {' '.join(comment.split())}\n{comments}")

    assert carried_file is not None
    assert carried_file.text == text
    assert reader.parse(f"FROM a\nRUN b\n{comments}").instructions == instructions
    assert max(map(len, comments.split("\n"))) < 65_000


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_damaged_comments_carry_nothing_or_a_text(text: str) -> None:
    carried_file = carried.find(f"FROM a\n{carried.MARK}{text}\n#= {text}\n")

    assert carried_file is None or isinstance(carried_file.text, str)
