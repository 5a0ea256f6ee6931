"""The steps that a `--target` name selects, and the plan that remains for it."""

from __future__ import annotations

import pytest

from kairosfile import language, plan, sections
from kairosfile.plan.narrowing import narrow
from kairosfile.plan.resolve import resolve
from kairosfile.plan.targets import TargetError, find, select, slug, targets

TEXT = """\
base: mirror/debian:13
provider: k3s
version: v1.0.0
hooks:
  before_install:
    - run: echo before
  after_install:
    - {name: My tools!, copy: a, to: /etc/, from: example.com/tools}
    - {name: twice, run: echo one}
    - {name: twice, run: echo two}
    - {name: Install, run: echo not install}
  after_init:
    - {file: /etc/motd, content: hello}
cloud_config:
  - {name: 90_custom.yaml, from: cloud.yaml}
"""


def plan_of(text: str = TEXT, platform: str = "linux/amd64") -> plan.Plan:
    files = language.DictFiles({"cloud.yaml": b"#cloud-config\nhostname: a\n", "a": b""})
    document = sections.read(language.Source("Kairosfile", text), platforms=[platform], files=files)
    (plan,) = resolve(document, [platform])
    return plan


def steps(own_plan: plan.Plan) -> list[str]:
    return [step.id for step in own_plan.steps]


def test_every_step_every_hook_the_base_and_the_image_are_targets() -> None:
    result = plan_of()

    names = [target.name for target in targets(result)]
    assert {step.id for step in result.steps} < set(names)
    assert {"base", "before_install", "after_install", "after_init", "cloud-config", "image"} < set(names)
    assert (names[0], names[-4:]) == ("base", ["image", "iso", "netboot", "raw"])
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", [target.name for target in targets(plan_of())])
def test_every_target_is_found_by_its_name_whatever_the_case(name: str) -> None:
    result = plan_of()

    assert find(result, name).name == find(result, name.upper()).name == name


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("my-tools", "after_install-1"),
        ("My tools!", "after_install-1"),
        ("90_CUSTOM.yaml", "cloud-config-1"),
        ("install", "install"),
        ("", "image"),
    ],
)
def test_a_step_is_known_by_what_the_file_calls_it_unless_that_is_the_name_of_another(word: str, name: str) -> None:
    assert find(plan_of(), word).name == name


def test_a_name_of_two_steps_is_refused_with_both_ids_and_places() -> None:
    with pytest.raises(
        TargetError, match='"twice" is the name of 2 steps; say which: after_install-2 and after'
    ) as got:
        find(plan_of(), "twice")

    assert [where.start.line for where in got.value.ranges] == [9, 10]


def test_an_unknown_name_is_refused_with_all_names_and_the_nearest() -> None:
    with pytest.raises(TargetError) as got:
        find(plan_of(), "instal")

    message = str(got.value)
    assert message.startswith('there is no target "instal" on linux/amd64; known are base, before_install-1, ')
    assert "my-tools" in message
    assert message.endswith(
        "init, cloud-config-1, 90_custom.yaml, cloud-config, after_init-1, after_init, validate, "
        'check, image, iso, netboot and raw; did you mean "install"?'
    )


@pytest.mark.parametrize(
    ("word", "remaining"),
    [
        ("base", []),
        ("before_install", ["before_install-1"]),
        ("install", ["before_install-1", "install"]),
        ("my-tools", ["before_install-1", "install", "after_install-1"]),
        ("after_install", ["before_install-1", "install", *(f"after_install-{number}" for number in range(1, 5))]),
    ],
)
def test_a_target_has_the_steps_that_lead_to_it_and_no_check(word: str, remaining: list[str]) -> None:
    result = select(plan_of(), word)

    assert steps(result) == remaining
    assert result.root == (remaining[-1] if remaining else "base")
    assert result.checks == ()


def test_a_check_as_a_target_is_the_image_with_that_check_alone() -> None:
    result = plan_of()

    assert steps(select(result, "validate")) == [step for step in steps(result) if step != "check"]
    assert (select(result, "check").root, select(result, "check").checks) == (result.root, ("check",))


def test_the_image_is_the_whole_plan() -> None:
    result = plan_of()

    assert select(result, "image") == select(result, "") == result._replace(artifacts=(), refused=())


def test_images_and_files_that_a_target_does_not_use_are_left_alone() -> None:
    result = plan_of()

    assert [image.id for image in select(result, "before_install").images] == ["base"]
    assert [image.id for image in select(result, "install").images] == ["base", "kairos-init"]
    assert [image.id for image in select(result, "my-tools").images] == [
        "base",
        "kairos-init",
        "example.com/tools:latest",
    ]
    assert (select(result, "init").context_paths, result.context_paths) == ((), ("cloud.yaml",))


def test_the_name_of_a_hook_means_all_its_steps() -> None:
    actual = find(plan_of(), "after_install")

    assert actual.steps == tuple(f"after_install-{number}" for number in range(1, 5))


def test_a_step_that_takes_files_of_another_step_needs_that_step() -> None:
    """As the artifacts of an image do."""
    result = plan_of("base: mirror/debian:13\nversion: v1.0.0\n")
    iso = plan.Step("iso", "iso", "base", plan.Copy(("/",), "/out", image="init"), (result.steps[0].ranges[0],), ())
    grown = plan.Plan(result.platform, result.images, (*result.steps, iso), result.root, result.checks)

    assert steps(select(grown, "iso")) == ["install", "init", "iso"]
    assert steps(narrow(grown, find(grown, "image"))) == steps(result)


def test_slugs_keep_what_ids_are_made_of() -> None:
    assert [slug(text) for text in ("after_install-1", " A  b/c ", "90_x.yaml", "--")] == [
        "after_install-1",
        "a-b-c",
        "90_x.yaml",
        "",
    ]
