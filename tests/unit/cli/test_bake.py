"""`kairosfile bake`: the targets of a matrix, their definitions, and the excluded combinations with their reasons."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from kairosfile import language, sections
from kairosfile.cli.syntax_line import FRONTEND
from kairosfile.plan.resolve import resolve
from kairosfile.plan.serialize import to_json
from kairosfile.sections.image.records import Provider
from kairosfile.sections.matrix.checks import Combination, combinations, of
from tests import ROOT
from tests.unit.cli.test_command import run

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

SYNTAX = "# syntax=quay.io/kairos/kairos-frontend:v1\n"
CORE = SYNTAX + "base: debian:13\nversion: v1.0.0\n"
K3S, K0S = "v1.33.1+k3s1", "v1.33.1+k0s.0"
BOTH = f"provider: [{{name: k3s, version: {K3S}}}, {{name: k0s, version: {K0S}}}]"
EXAMPLE = ROOT / "examples" / "matrix"
AMD64 = ("--matrix", "platform=linux/amd64")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "Kairosfile").write_text(CORE)
    return tmp_path


def write(folder: Path, matrix: str, more: str = "") -> None:
    (folder / "Kairosfile").write_text(f"{CORE}{more}matrix: {{{matrix}}}\n")


def bake(folder: Path, *arguments: str) -> Any:
    done = run("bake", *arguments, folder=folder)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def targets(baked: Any) -> dict[str, Any]:
    return {name: target for name, target in baked["target"].items() if name != "_common"}


def refused(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = run("bake", *arguments, folder=folder)
    assert (done.returncode, done.stdout) != (0, ""), "nothing was refused"
    assert done.stdout == ""
    return done


def test_core_is_combined_with_no_provider() -> None:
    text = f"base: a:1\nversion: v1\nmatrix: {{variant: [core, standard], model: [generic, rpi4], {BOTH}}}\n"
    model = sections.read(language.Source("Kairosfile", text)).model

    actual = list(dict.fromkeys(combinations(of(model))))

    k3s, k0s = Provider(name="k3s", version=K3S), Provider(name="k0s", version=K0S)
    assert actual == [
        Combination(variant="core", model="generic"),
        Combination(variant="core", model="rpi4"),
        Combination(variant="standard", model="generic", provider=k3s),
        Combination(variant="standard", model="generic", provider=k0s),
        Combination(variant="standard", model="rpi4", provider=k3s),
        Combination(variant="standard", model="rpi4", provider=k0s),
    ]


def test_a_matrix_changes_nothing_of_a_build() -> None:
    def plan(text: str) -> Any:
        (plan,) = resolve(sections.read(language.Source("Kairosfile", text)), ["linux/amd64"])
        return to_json(plan)

    assert plan(CORE) == plan(f"{CORE}matrix: {{base: [fedora:43], model: [rpi4], {BOTH}}}\n")


def test_a_target_gives_the_build_args_of_its_values_and_one_platform(folder: Path) -> None:
    write(folder, f"base: [ubuntu:24.04], variant: [standard], model: [rpi4], {BOTH}, platform: [linux/arm64]")

    definitions = targets(bake(folder))

    assert list(definitions) == ["ubuntu-24-04-standard-arm64-rpi4-k3s", "ubuntu-24-04-standard-arm64-rpi4-k0s"]
    k3s = definitions["ubuntu-24-04-standard-arm64-rpi4-k3s"]
    assert k3s["args"] == {
        "BASE_IMAGE": "ubuntu:24.04",
        "VARIANT": "standard",
        "MODEL": "rpi4",
        "KUBERNETES_DISTRO": "k3s",
        "KUBERNETES_VERSION": K3S,
    }
    assert k3s["platforms"] == ["linux/arm64"]
    assert k3s["tags"] == ["ubuntu:24.04-standard-arm64-rpi4-v1.0.0-k3s-v1.33.1-k3s1"]


def test_what_the_matrix_does_not_go_through_stays_as_the_file_has_it(folder: Path) -> None:
    write(folder, "variant: [core, standard]", f"model: rpi4\nprovider: {{name: k3s, version: {K3S}}}\n")

    definitions = targets(bake(folder))

    assert {name: target["args"] for name, target in definitions.items()} == {
        "debian-13-core-arm64-rpi4": {"VARIANT": "core"},
        "debian-13-standard-arm64-rpi4-k3s": {"VARIANT": "standard"},
    }
    assert [target["platforms"] for target in definitions.values()] == [["linux/arm64"]] * 2


def test_without_a_list_the_platforms_are_those_of_the_file_else_of_the_board(folder: Path) -> None:
    write(folder, "base: [ubuntu:24.04]", "platforms: [linux/amd64, linux/arm64]\n")
    assert list(targets(bake(folder))) == ["ubuntu-24-04-core-amd64-generic", "ubuntu-24-04-core-arm64-generic"]

    write(folder, "model: [rpi4]")
    assert list(targets(bake(folder))) == ["debian-13-core-arm64-rpi4"]


def test_combinations_that_the_checks_refuse_are_omitted_and_reported_once_per_reason(folder: Path) -> None:
    write(folder, "base: [debian:13, fedora:43], model: [generic, rpi4], platform: [linux/amd64, linux/arm64]")

    done = run("bake", folder=folder)

    assert list(targets(json.loads(done.stdout))) == [
        "debian-13-core-amd64-generic",
        "debian-13-core-arm64-generic",
        "debian-13-core-arm64-rpi4",
        "fedora-43-core-amd64-generic",
        "fedora-43-core-arm64-generic",
    ]
    head, *reasons = done.stderr.splitlines()
    assert head == "kairosfile: 5 of 8 combinations can be built; the checks refuse the others:"
    assert [(line.split()[0], line.split()[-1]) for line in reasons] == [("1", "[KF203]"), ("2", "[KF224]")]


def test_excludes_leave_out_what_has_all_their_values(folder: Path) -> None:
    matrix = f"base: [debian:13, ubuntu:24.04], variant: [core, standard], {BOTH}, platform: [linux/amd64]"
    write(folder, f"{matrix}, exclude: [{{base: debian:13, provider: k3s}}]")

    result = list(targets(bake(folder, "--exclude", "variant=core,base=ubuntu:24.04")))

    assert result == [
        "debian-13-core-amd64-generic",
        "debian-13-standard-amd64-generic-k0s",
        "ubuntu-24-04-standard-amd64-generic-k3s",
        "ubuntu-24-04-standard-amd64-generic-k0s",
    ]


def test_an_exclude_names_any_release_of_a_provider_or_one(folder: Path) -> None:
    releases = "k3s@v1.33.1+k3s1,k3s@v1.32.5+k3s1"

    one = bake(folder, *AMD64, "--matrix", f"provider={releases}", "--exclude", "provider=k3s@v1.32.5+k3s1")
    assert [target["args"]["KUBERNETES_VERSION"] for target in targets(one).values()] == [K3S]
    assert (
        "no combination of this matrix is left"
        in refused(folder, "--matrix", f"provider={releases}", "--exclude", "provider=k3s").stderr
    )


def test_several_releases_of_a_provider_are_in_the_names_of_targets(folder: Path) -> None:
    definition = bake(folder, *AMD64, "--matrix", f"provider=k3s@{K3S},k3s@v1.32.5+k3s1,k0s@{K0S}")

    assert list(targets(definition)) == [
        "debian-13-standard-amd64-generic-k3s-v1-33-1-k3s1",
        "debian-13-standard-amd64-generic-k3s-v1-32-5-k3s1",
        "debian-13-standard-amd64-generic-k0s",
    ]


def test_a_list_of_the_command_line_takes_the_place_of_the_file_s(folder: Path) -> None:
    write(folder, "base: [fedora:43, ubuntu:24.04], model: [generic, rpi4], platform: [linux/amd64, linux/arm64]")

    definition = bake(folder, "--matrix", "base=debian:12,debian:13", "--matrix", "platform=linux/amd64")

    assert list(targets(definition)) == ["debian-12-core-amd64-generic", "debian-13-core-amd64-generic"]


@pytest.mark.parametrize(
    ("spelling", "tags"),
    [
        ("published", ["quay.io/acme/debian:13-standard-amd64-generic-v1.0.0-k3s-v1.33.1-k3s1"]),
        ("sdk", ["quay.io/acme/debian:13-standard-amd64-generic-v1.0.0-k3sv1.33.1-k3s1"]),
    ],
)
def test_tags_have_either_spelling_of_the_convention(folder: Path, spelling: str, tags: list[str]) -> None:
    arguments = (*AMD64, "--matrix", f"provider=k3s@{K3S}", "--registry", "quay.io/acme", "--tag-style")

    (target,) = targets(bake(folder, *arguments, spelling)).values()
    (both,) = targets(bake(folder, *arguments, "both")).values()

    assert target["tags"] == tags
    assert set(tags) < set(both["tags"])


def test_tags_that_both_spellings_share_are_given_once(folder: Path) -> None:
    (target,) = targets(bake(folder, *AMD64, "--tag-style", "both")).values()

    assert target["tags"] == ["debian:13-core-amd64-generic-v1.0.0"]


def test_groups_are_all_targets_and_what_divides_them(folder: Path) -> None:
    write(folder, f"base: [debian:12, debian:13], variant: [core, standard], {BOTH}, platform: [linux/amd64]")

    groups = {name: len(group["targets"]) for name, group in bake(folder)["group"].items()}

    assert groups == {"default": 6, "core": 2, "debian-12": 3, "debian-13": 3, "k0s": 2, "k3s": 2, "standard": 4}


def test_targets_share_what_is_the_same_for_all(folder: Path) -> None:
    (folder / "Kairosfile").write_text(CORE.removeprefix(SYNTAX))

    definition = bake(folder, "--build-arg", "VERSION=v2.0.0", "--label", "com.example.team=edge", *AMD64)

    assert definition["target"]["_common"] == {
        "context": ".",
        "dockerfile": "Kairosfile",
        "args": {"BUILDKIT_SYNTAX": FRONTEND, "VERSION": "v2.0.0"},
        "labels": {"com.example.team": "edge"},
    }
    (target,) = targets(definition).values()
    assert target["inherits"] == ["_common"]
    assert target["tags"] == ["debian:13-core-amd64-generic-v2.0.0"]


def test_the_kairosfile_is_named_as_bake_looks_for_it_in_the_context(folder: Path) -> None:
    (folder / "os").mkdir()
    (folder / "os" / "Kairosfile").write_text(CORE)

    assert bake(folder, *AMD64, "os/Kairosfile")["target"]["_common"] == {"context": "os", "dockerfile": "Kairosfile"}
    assert bake(folder, *AMD64, "os/Kairosfile", "--context", ".")["target"]["_common"] == {
        "context": ".",
        "dockerfile": "os/Kairosfile",
    }


def test_labels_name_the_image_and_its_base_unless_the_file_or_the_command_does(folder: Path) -> None:
    title, base_name = "org.opencontainers.image.title", "org.opencontainers.image.base.name"

    (target,) = targets(bake(folder, *AMD64)).values()
    assert target["labels"] == {
        title: "debian:13-core-amd64-generic-v1.0.0",
        base_name: "docker.io/library/debian:13",
    }
    write(folder, "platform: [linux/amd64]", f"labels: {{{title}: mine}}\n")
    (target,) = targets(bake(folder, "--label", f"{base_name}=none")).values()
    assert "labels" not in target


def test_each_target_writes_a_cache_of_its_own_and_reads_that_of_the_first_with_its_base(folder: Path) -> None:
    write(folder, "base: [debian:13, ubuntu:24.04], model: [generic, rpi4], platform: [linux/arm64]")

    definitions = targets(bake(folder, "--cache", "r.example/c"))

    def cache(name: str) -> str:
        return f"type=registry,ref=r.example/c:{name}"

    for base in ("debian-13", "ubuntu-24-04"):
        first, second = f"{base}-core-arm64-generic", f"{base}-core-arm64-rpi4"
        assert definitions[first]["cache-from"] == [cache(first)]
        assert definitions[second]["cache-from"] == [cache(second), cache(first)]
        assert definitions[second]["cache-to"] == [f"{cache(second)},mode=max"]


def test_a_board_reads_the_cache_of_the_first_target_with_its_model_too(folder: Path) -> None:
    """Packages and kernel depend on the model, so the first target of another model has no cache for a board."""
    write(folder, f"variant: [core, standard], model: [generic, rpi4], {BOTH}, platform: [linux/arm64]")

    definitions = targets(bake(folder, "--cache", "r.example/c"))

    def reads(variant: str, model: str, provider: str = "") -> list[str]:
        actual = definitions[f"debian-13-{variant}-arm64-{model}{provider}"]["cache-from"]
        return [one.partition("ref=r.example/c:debian-13-")[2] for one in actual]

    assert reads("core", "generic") == ["core-arm64-generic"]
    assert reads("standard", "generic", "-k3s") == ["standard-arm64-generic-k3s", "core-arm64-generic"]
    assert reads("core", "rpi4") == ["core-arm64-rpi4", "core-arm64-generic"]
    for provider in ("-k3s", "-k0s"):
        own = f"standard-arm64-rpi4{provider}"
        assert reads("standard", "rpi4", provider) == [own, "core-arm64-rpi4", "core-arm64-generic"]


def test_what_bake_would_take_for_a_template_is_escaped(folder: Path) -> None:
    definition = bake(folder, "--label", "a=${b}%{c}$d", *AMD64)

    assert definition["target"]["_common"]["labels"] == {"a": "$${b}%%{c}$d"}


def test_a_value_of_the_file_that_is_in_no_image_is_an_error_at_its_place(folder: Path) -> None:
    write(folder, "base: [fedora:43], model: [generic, rpi4], platform: [linux/arm64]")

    done = refused(folder)

    assert done.returncode == 1
    assert "Kairosfile:4:46: error: model rpi4 is in no image of this matrix: Fedora 43 has no kernel" in done.stderr
    assert "[KF412]" in done.stderr


def test_a_command_line_may_leave_out_values_of_the_file(folder: Path) -> None:
    write(folder, "model: [generic, rpi4], platform: [linux/amd64, linux/arm64]")

    assert list(targets(bake(folder, *AMD64))) == ["debian-13-core-amd64-generic"]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--matrix", "model=rpi5"], '--matrix model=rpi5 is in no image: unknown model "rpi5"'),
        (["--matrix", "platform=linux/amd64", "--matrix", "model=rpi4"], "needs linux/arm64"),
        (["--matrix", "colour=red"], "fields of a matrix are base, variant, model, provider and platform"),
        (["--matrix", "base=,debian:13"], "a base is empty"),
        (["--matrix", "platform=linux/s390x"], "Kairos is built for linux/amd64, linux/arm64 and linux/riscv64"),
        (["--matrix", "provider=k4s@v1"], 'provider=k4s@v1 is in no image: unknown provider "k4s"'),
        (["--matrix", "provider=k3s"], "pin it"),
        (["--matrix", "base=debian"], "does not say its release"),
        (["--matrix", "base=debian:12,mirror/debian:12"], "would both be named debian:12-core"),
        (["--exclude", "model=rpi4"], "--exclude matches no combination: none of the matrix has model rpi4"),
        (["--matrix", "model=generic", "--build-arg", "MODEL=rpi4"], "--build-arg MODEL conflicts with the matrix"),
        (["--label", "team"], "is not KEY=VALUE"),
        (["-"], "not stdin"),
        (["HEAD:Kairosfile"], "not stdin or REVISION:FILE"),
        (["nowhere"], "nowhere cannot be read"),
    ],
)
def test_what_cannot_be_baked_says_why(folder: Path, arguments: list[str], why: str) -> None:
    done = refused(folder, *arguments)

    assert done.returncode == 2
    assert why in done.stderr


def test_a_matrix_of_a_thousand_images_is_the_largest(folder: Path) -> None:
    bases = ",".join(f"debian{number}:1" for number in range(501))

    done = refused(folder, "--matrix", f"base={bases}", "--matrix", "platform=linux/amd64,linux/arm64")

    assert done.returncode == 2
    assert "more than 1000 combinations" in done.stderr


def test_an_existing_file_is_overwritten_only_on_request(folder: Path) -> None:
    bake_file = folder / "bake.json"
    assert run("bake", *AMD64, "-o", "bake.json", folder=folder).returncode == 0
    content = bake_file.read_text()

    assert "--force overwrites it" in refused(folder, "-o", "bake.json").stderr
    assert bake_file.read_text() == content
    assert run("bake", *AMD64, "-o", "bake.json", "--force", folder=folder).returncode == 0


def test_the_support_matrix_has_what_goes_together() -> None:
    definitions = targets(bake(EXAMPLE))

    boards = {name for name in definitions if "-rpi" in name}
    assert len(definitions) == 48
    assert len(boards) == 2 * 2 * 5
    assert all("-arm64-" in name and "fedora" not in name and "rocky" not in name for name in boards)
    parts = ["alpine", "debian", "fedora", "opensuse", "rockylinux", "ubuntu"]
    assert {name.split("-")[0] for name in definitions} == set(parts)
    assert all("k3s" in name for name in definitions if "-standard-" in name)


def shared(text: str) -> dict[str, tuple[int, int]]:
    """Return, from the output of `bake --explain`, how many images have each step and how many times it runs."""
    rows = [line.split() for line in text.splitlines()[3:]]
    return {step: (int(images), int(runs)) for step, images, runs in rows}


@pytest.mark.parametrize(("more", "packages"), [("install: {parts: true}\n", 24), ("", 46)])
def test_images_of_the_support_matrix_share_packages(tmp_path: Path, more: str, packages: int) -> None:
    """With parts, core and k3s of a base and board share packages; without, only Debian's do (its default is parts)."""
    (tmp_path / "Kairosfile").write_text((EXAMPLE / "Kairosfile").read_text() + more)

    done = run("bake", "--explain", folder=tmp_path)

    assert done.returncode == 0, done.stderr
    steps = shared(done.stdout)
    counts = [steps[name] for name in ("packages", "install") if name in steps]
    assert sum(images for images, _ in counts) == 48
    assert sum(runs for _, runs in counts) == packages
    assert steps["init"] == (48, 48)
    whole, ran = (sum(step) for step in zip(*steps.values(), strict=True))
    assert done.stdout.startswith(f"48 images have {whole} steps; one builder runs {ran} of them")


def test_explained_steps_are_in_build_order(folder: Path) -> None:
    hooks = "hooks: {after_install: [{packages: [vim]}]}\n"
    write(folder, f"variant: [core, standard], {BOTH}, platform: [linux/amd64]", hooks)

    steps = shared(run("bake", "--explain", folder=folder).stdout)

    assert list(steps) == ["packages", "kernel", "kairos", "provider", "after_install-1", "init", "validate", "check"]
    assert steps["kairos"] == (3, 1)
    assert steps["provider"] == (2, 2)
    assert steps["after_install-1"] == (3, 3)


def test_shards_are_groups_of_targets_that_share_steps(tmp_path: Path) -> None:
    (tmp_path / "Kairosfile").write_text((EXAMPLE / "Kairosfile").read_text() + "install: {parts: true}\n")

    definition = bake(tmp_path, "--shards", "4")

    groups = [definition["group"][f"shard-{number}"]["targets"] for number in range(1, 5)]
    assert "shard-5" not in definition["group"]
    assert sorted(name for group in groups for name in group) == sorted(definition["group"]["default"]["targets"])
    starts = {name.replace("-standard-", "-core-").removesuffix("-k3s") for name in targets(definition)}
    assert len(starts) == 24
    for start in starts:  # core and k3s of one base and board share packages and kernel
        k3s = f"{start.replace('-core-', '-standard-')}-k3s"
        assert [start in group for group in groups] == [k3s in group for group in groups]


def test_shards_are_explained_by_what_each_builder_runs(tmp_path: Path) -> None:
    """With one shard for each image nothing is shared: each of the 48 runs all its steps."""
    (tmp_path / "Kairosfile").write_text((EXAMPLE / "Kairosfile").read_text() + "install: {parts: true}\n")

    two, many = (run("bake", "--explain", "--shards", count, folder=tmp_path).stdout for count in ("2", "48"))

    assert "2 builders, one for each group, run 200 steps, no more than one builder\n" in two
    assert [line.split() for line in two.splitlines()[-2:]] == [["shard-1", "24", "100"], ["shard-2", "24", "100"]]
    assert "48 builders, one for each group, run 256 steps, 56 more than one builder\n" in many


def test_a_shard_without_targets_is_left_out(folder: Path) -> None:
    write(folder, "variant: [core, standard], " + BOTH)

    assert [name for name in bake(folder, *AMD64, "--shards", "9")["group"] if "shard" in name] == [
        "shard-1",
        "shard-2",
        "shard-3",
    ]
    assert "1<=x" not in refused(folder, "--shards", "1").stderr
