"""Subrequests, which the frontend answers without a build, and the warnings of a build."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from kairosfile import frontend
from kairosfile.gateway import subrequests
from tests.gateway.test_frontend import BOTH, INCLUDING, KAIROSFILE, daemon, including, message_of, result_of, run
from tests.support.gateway.fake_bridge import V0_13

if TYPE_CHECKING:
    from tests.support.protobuf import gateway_pb2 as pb

LINT, OUTLINE, TARGETS = subrequests.LINT.id, subrequests.OUTLINE.id, subrequests.TARGETS.id
DESCRIBE, CONVERT_LLB = subrequests.DESCRIBE.id, subrequests.CONVERT_LLB.id

# The warnings KF506 and KF314; an unpinned release is a note, which neither a check nor a build shows.
WARNED = KAIROSFILE.replace(b"version: v1", b"version: 1") + b"tests: [{run: [test a, test b]}]\n"
WITHOUT_FAULTS = b"base: mirror/debian:13@sha256:" + b"a" * 64 + b"\nversion: v1.0.0\n"


def ask(text: bytes, request_id: str = LINT, **options: str) -> tuple[pb.Result, list[str]]:
    """Return the answer to a subrequest, and the methods that the frontend called for it."""
    with daemon(text) as fake:
        done = run(fake, {"requestid": request_id, **options})
        called = [method for method in ("ResolveSourceMeta", "Warn") if fake.requests(method)]
    return result_of(done), called


def answer_of(result: pb.Result, version: bytes = b"1.0.0") -> Any:
    assert result.WhichOneof("result") is None
    assert result.metadata["version"] == version
    return json.loads(result.metadata["result.json"])


def test_a_check_lists_every_finding_with_its_place_and_builds_nothing() -> None:
    result, called = ask(WARNED)

    answer = answer_of(result)
    assert called == []
    assert result.metadata["result.statuscode"] == b"1"
    assert [warning["ruleName"] for warning in answer["warnings"]] == [
        "KF506 version-prefix",
        "KF314 run-list",
    ]
    first = answer["warnings"][0]
    assert first["url"].endswith("/KF506.md")
    assert first["location"] == {
        "ranges": [{"start": {"line": 4, "character": 9}, "end": {"line": 4, "character": 14}}]
    }
    assert [(source["filename"], base64.b64decode(source["data"])) for source in answer["sources"]] == [
        ("Kairosfile", WARNED)
    ]
    assert "Kairosfile:4: KF506" in result.metadata["result.txt"].decode()


@pytest.mark.parametrize("text", [WITHOUT_FAULTS, KAIROSFILE])
def test_a_check_of_a_file_without_warnings_is_a_success(text: bytes) -> None:
    result, _ = ask(text)

    assert answer_of(result)["warnings"] == []
    assert "buildError" not in answer_of(result)
    assert result.metadata["result.statuscode"] == b"0"


def test_a_check_of_a_file_with_errors_answers_with_all_of_them() -> None:
    result, called = ask(b"base: mirror/debian:13\nvariant: x\nfips: 1\nversion: v1.0.0\n")

    error = answer_of(result)["buildError"]
    assert called == []
    assert error["message"].count("\n") == 1
    assert error["location"]["ranges"][0]["start"]["line"] == 2
    assert result.metadata["result.statuscode"] == b"1"


def test_a_check_finds_what_only_the_platform_shows() -> None:
    result, _ = ask(KAIROSFILE + b"model: rpi4\n", platform="linux/amd64")

    assert "needs linux/arm64" in answer_of(result)["buildError"]["message"]


def test_a_check_of_bytes_that_are_no_text_is_answered() -> None:
    result, _ = ask(b"base: \xff\n")

    assert "not UTF-8" in answer_of(result)["buildError"]["message"]


def test_warnings_that_are_errors_stay_findings_with_a_place_each() -> None:
    """As in Docker: the build error only names the rules."""
    result, _ = ask(b"# check=error=true\n" + WARNED)

    answer = answer_of(result)
    assert [warning["location"]["ranges"][0]["start"]["line"] for warning in answer["warnings"]] == [5, 11]
    message = "lint violation found for rules: KF506 version-prefix, KF314 run-list"
    assert answer["buildError"]["message"] == message
    assert result.metadata["result.statuscode"] == b"1"


def test_an_error_with_promoted_warnings_stays_an_error() -> None:
    result, _ = ask(KAIROSFILE + b"lint: {error: [KF501, KF503]}\nannotations: {a b: c}\n")

    answer = answer_of(result)
    assert "[KF407]" in answer["buildError"]["message"]
    assert "\n" not in answer["buildError"]["message"]
    assert [warning["ruleName"][:5] for warning in answer["warnings"]] == ["KF501", "KF503"]


def test_the_build_arg_of_a_check_takes_the_place_of_the_directive() -> None:
    result, _ = ask(b"# check=error=true\n" + WARNED, **{"build-arg:BUILDKIT_DOCKERFILE_CHECK": "skip=all"})

    assert answer_of(result)["warnings"] == []
    assert result.metadata["result.statuscode"] == b"0"


def test_the_frontend_says_which_subrequests_it_answers() -> None:
    result, _ = ask(KAIROSFILE, DESCRIBE)

    assert [(entry["name"], entry["version"], entry["type"]) for entry in answer_of(result)] == [
        (OUTLINE, "1.0.0", "rpc"),
        (TARGETS, "1.0.0", "rpc"),
        (LINT, "1.0.0", "rpc"),
        (CONVERT_LLB, "0.1.0", "rpc"),
        (DESCRIBE, "1.0.0", "rpc"),
    ]
    assert "outline               1.0.0    List all" in result.metadata["result.txt"].decode()


def test_every_subrequest_that_is_described_is_answered() -> None:
    for known in subrequests.KNOWN:
        result, called = ask(WARNED, known.id)
        assert answer_of(result, known.version.encode())
        assert result.metadata["result.txt"]
        assert "Warn" not in called or known is subrequests.CONVERT_LLB


def test_the_frontend_says_that_it_answers_every_subrequest() -> None:
    assert sorted(frontend.SUBREQUESTS) == sorted(known.id for known in subrequests.KNOWN)


def test_a_frontend_can_describe_fewer_subrequests() -> None:
    described = subrequests.describe([subrequests.LINT])

    assert [entry["name"] for entry in json.loads(described.metadata["result.json"])] == [LINT]


def test_a_subrequest_that_is_not_known_is_refused_by_name() -> None:
    with daemon() as fake:
        assert message_of(run(fake, {"requestid": "frontend.nothing"})) == "unsupported request frontend.nothing"


PARAMETERS = b"""\
base: debian:${SUITE}
args:
  # The release of Debian,
  # by its number.
  SUITE: "13"
  TEAM: none of ${SUITE}
variant: standard
provider: k3s
version: v1.0.0
labels: {by: "${WHO:-nobody}", on: "${TARGETARCH:-x}"}
hooks:
  before_install:
    - run: echo
      mounts:
        - {type: secret, id: token, required: false}
        - {type: cache, target: /c, id: cc}
  after_install:
    - run: echo
      mounts:
        - {type: secret, id: token}
        - {type: secret, id: key, env: KEY}
        - {type: ssh}
        - {type: cache, target: /c, id: cc}
"""


def named(items: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the items of an outline by name, each with its end line."""
    actual = {}
    for item in items:
        place = item.pop("location", None)
        actual[item.pop("name", None) or item.pop("ID")] = (item, place and place["ranges"][0]["start"]["line"])
    return actual


def test_an_outline_has_all_that_a_build_can_be_given() -> None:
    result, called = ask(PARAMETERS, OUTLINE, **{"build-arg:TEAM": "edge"})

    outline = answer_of(result)
    assert called == []
    assert (outline["name"], outline["description"]) == ("image", "the whole image, checked")
    args = named(outline["args"])
    assert args["SUITE"] == ({"value": "13", "description": "The release of Debian, by its number."}, 5)
    assert args["TEAM"] == ({"value": "edge"}, 6)
    assert args["WHO"] == ({"value": "nobody"}, 10)
    assert args["BASE_IMAGE"] == ({"value": "debian:13", "description": "Linux image to start from"}, 1)
    distribution = "Kubernetes distribution: k3s, k0s, or the name that a plugin answers to"
    assert args["KUBERNETES_DISTRO"] == ({"value": "k3s", "description": distribution}, 8)
    assert args["MODEL"] == ({"value": "generic", "description": "Board that the image is for"}, None)
    assert args["FIPS"][0]["value"] == "false"
    assert "TARGETARCH" not in args
    assert named(outline["secrets"]) == {"token": ({"required": True}, 13), "key": ({"required": True}, 18)}
    assert named(outline["ssh"]) == {"default": ({"required": True}, 18)}
    assert named(outline["cache"])["cc"] == ({}, 13)
    assert base64.b64decode(outline["sources"][0]) == PARAMETERS


def test_an_outline_is_that_of_the_target() -> None:
    result, _ = ask(PARAMETERS, OUTLINE, target="BEFORE_install")

    outline = answer_of(result)
    assert outline["name"] == "before_install"
    assert named(outline["secrets"]) == {"token": ({}, 13)}
    assert "ssh" not in outline


def test_an_outline_of_a_file_whose_args_lack_values_says_which_there_are() -> None:
    """A user lists the build args with it."""
    result, _ = ask(b"base: debian:${SUITE}\nversion: v1.0.0\nargs:\n  SUITE:\n  TEAM: x\n", OUTLINE)

    assert named(answer_of(result)["args"]) == {"SUITE": ({}, 4), "TEAM": ({"value": "x"}, 5)}


def test_an_outline_of_a_file_with_errors_is_that_error() -> None:
    with daemon(b"base: mirror/debian:13\nvariant: x\nversion: v1.0.0\n") as fake:
        done = run(fake, {"requestid": OUTLINE})

    assert message_of(done).startswith("Kairosfile:2:10: unknown variant")


@pytest.mark.parametrize("question", [OUTLINE, TARGETS, LINT])
def test_places_in_included_files_name_those_files(question: str) -> None:
    more = (
        b"base: mirror/debian:13\nargs: {A: b}\nhooks:\n  after_install:\n"
        b"    - {run: apt-get install -y x, mounts: [{type: secret, id: s}, {type: cache, target: /c}]}\n"
    )
    with including(more=more, common__base=b"{}") as fake:
        answer = answer_of(result_of(run(fake, {"requestid": question})))

    sources = [source["data"] if question == LINT else source for source in answer["sources"]]
    listed = [base64.b64decode(source) for source in sources]
    assert listed == [INCLUDING, more]
    lists = [value for key, value in answer.items() if key != "sources" and isinstance(value, list)]
    places = [item["location"] for items in lists for item in items if "location" in item]
    assert 1 in [place.get("sourceIndex", 0) for place in places]


def test_targets_are_those_of_target_with_what_they_start_from() -> None:
    result, called = ask(KAIROSFILE, TARGETS, platform="linux/arm64,linux/amd64", target="nonsense")

    listed = {target.pop("name"): target for target in answer_of(result)["targets"]}
    assert called == []
    assert next(iter(listed)) == "base"
    assert [name for name, target in listed.items() if target.get("default")] == ["image"]
    assert "base" not in listed["base"]
    assert listed["install"]["base"] == "base"
    assert listed["after_install-1"]["description"] == "after_install 1: echo hi"
    assert listed["after_install-2"]["base"] == "after_install-1"
    assert listed["after_install"]["base"] == "install"
    assert (listed["validate"]["base"], listed["image"]["base"]) == ("init", "init")
    assert {target["platform"] for target in listed.values()} == {"linux/arm64"}
    assert listed["after_install-1"]["location"]["ranges"][0]["start"]["line"] == 7
    assert "image (default)" in result.metadata["result.txt"].decode()


def test_a_graph_is_what_a_build_would_solve() -> None:
    with daemon() as requests, daemon() as built:
        answer = answer_of(result_of(run(requests, {"requestid": CONVERT_LLB})), b"0.1.0")
        result_of(run(built))
        definition = built.requests("Solve")[-1].Definition

    assert len(requests.requests("Solve")) == len(built.requests("Solve")) - 1
    assert set(answer["metadata"]) == set(definition.metadata)
    commands = [op["exec"]["meta"]["args"] for op in answer["def"].values() if "exec" in op]
    assert ["/bin/sh", "-ec", "echo hi"] in commands
    names = [metadata.get("description", {}).get("llb.customname") for metadata in answer["metadata"].values()]
    assert "init kairos v1.0.0" in names
    assert base64.b64decode(answer["source"]["infos"][0]["data"]) == KAIROSFILE


def test_a_graph_of_a_target_ends_there() -> None:
    result, _ = ask(KAIROSFILE, CONVERT_LLB, target="install", platform="linux/arm64,linux/amd64")

    ops = answer_of(result, b"0.1.0")["def"].values()
    assert len([op for op in ops if "exec" in op]) == 1
    assert {op["platform"]["Architecture"] for op in ops if "platform" in op} == {"arm64"}


def test_a_build_shows_each_warning_once_whatever_the_platforms() -> None:
    with daemon(WARNED + b"kairos_init: v0.17.3\n") as fake:
        result_of(run(fake, BOTH))

        # They are sent at the same time, so the daemon may receive either first.
        shown = sorted(fake.requests("Warn"), key=lambda warning: bytes(warning.short))
        vertices = {digest for request in fake.requests("Solve") for digest in request.Definition.metadata}
    assert [warning.short.decode().split(": ")[0] for warning in shown] == ["KF314", "KF506"]
    assert shown[1].short.endswith(b"(line 4)")
    assert shown[1].url.endswith("/KF506.md")
    assert b"write v1.0.0" in shown[1].detail[0]
    assert (shown[1].info.filename, shown[1].ranges[0].start.line) == ("Kairosfile", 4)
    assert {warning.digest for warning in shown} <= vertices


def test_a_silenced_warning_is_not_shown() -> None:
    with daemon(WARNED + b"lint:\n  ignore: [KF506, run-list]\n") as fake:
        result_of(run(fake))

        assert fake.requests("Warn") == []


def test_a_warning_that_the_file_raises_stops_the_build() -> None:
    with daemon(KAIROSFILE + b"lint:\n  error: [KF503]\n") as fake:
        assert "[KF503]" in message_of(run(fake))


def test_an_old_daemon_is_warned_too() -> None:
    with daemon(WARNED, release=V0_13) as old:
        result_of(run(old))

        assert len(old.requests("Warn")) == 2
