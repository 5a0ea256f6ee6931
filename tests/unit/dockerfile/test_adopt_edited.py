"""A reviewer's edit of an ejected Dockerfile is in the adopted Kairosfile or is reported, never lost silently."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from kairosfile import language, sections
from kairosfile.dockerfile.adopt import AdoptionResult, adopt
from kairosfile.dockerfile.eject import eject
from kairosfile.plan.resolve import resolve

if TYPE_CHECKING:
    from collections.abc import Callable

KAIROSFILE = """\
# syntax=quay.io/kairos/kairos-frontend:v1
base: debian:13
provider: {name: k3s, version: v1.33.1+k3s1}
version: v1.0.0
args: {TOOL: "1.2"}
hooks:
  before_install:
    - run: echo first > /first
  after_install:
    # vim is for Ana
    - packages: [vim, curl]
    - name: tools
      run: |
        echo $TOOL > /etc/tool
        echo two
      env: {A: b c, B: d}
    - {copy: a, to: /opt/x/, mode: "0640", owner: "5:6"}
    - {file: /etc/y/z, content: "1\\n"}
    - {run: pwd, workdir: /tmp/deep}
  after_init:
    - run: [touch, /y]
cloud_config:
  - {name: 90_own.yaml, content: "#cloud-config\\n"}
  - {name: 91_own.yaml, from: own.yaml}
tests:
  - {path: /etc/a}
  - {run: [test, -e, /]}
"""
CALL = re.compile(r"^RUN (?:.*\\\n)*.*kairos-init.*-s.*install.*$", re.MULTILINE)


@pytest.fixture(scope="module")
def dockerfile() -> str:
    document = sections.read(language.decode("Kairosfile", KAIROSFILE.encode()), platforms=["linux/amd64"])
    (plan,) = resolve(document, ["linux/amd64"], artifacts=False)
    return eject(plan, document)


def replaced(old: str, new: str, count: int = 1) -> Callable[[str], str]:
    def edit(text: str) -> str:
        actual = re.sub(old, new, text, count=count, flags=re.MULTILINE)
        assert actual != text
        return actual

    return edit


def adopted(text: str) -> AdoptionResult:
    """Return the adoption result, after a check that it accounts for every line and is a valid Kairosfile."""
    adoption = adopt(text, {})
    adoption.account.check()
    sections.read(language.decode("Kairosfile", adoption.text().encode()))
    return adoption


def steps(adoption: AdoptionResult, hook: str) -> list[dict[str, object]]:
    return [step.data for step in adoption.fields["hooks"].get(hook, [])]


SHELL = r'^SHELL \["/bin/sh", "-ec"\]$'
LAST = r"^(FROM system AS validate)$"
ADOPTED_EDITS: dict[str, tuple[Callable[[str], str], str]] = {
    "version": (replaced("^ARG VERSION=.*$", "ARG VERSION=v9.9.9"), "version: v9.9.9"),
    "default of an arg": (replaced("^ARG TOOL=.*$", "ARG TOOL=3"), "TOOL: '3'"),
    "release of Kubernetes": (replaced("^(ARG KUBERNETES_VERSION=).*$", r"\1v1.32.1+k3s1"), "version: v1.32.1+k3s1"),
    "added RUN": (replaced(LAST, r"RUN echo x > /new\n\n\1"), "run: echo x > /new"),
    "added COPY": (replaced(SHELL, r"\g<0>\nCOPY motd /etc/motd"), "copy: motd"),
    "added package": (replaced("kairosfile vim curl$", "kairosfile vim curl nano"), "- nano"),
    "export that is expanded": (
        replaced(LAST, r"RUN <<EOF\nexport PATH=/opt/bin:$PATH\nexport X=$(date)\ntool\nEOF\n\n\1"),
        "export PATH=/opt/bin:$PATH\n        export X=$(date)\n        tool\n",
    ),
    "export that ends in the line": (replaced(LAST, r"RUN export A=b\\\n && echo $A\n\n\1"), "export A=b\\\n"),
    "mode of a cloud-config": (
        replaced(r"--chmod=0600 own.yaml", "--chmod=0644 own.yaml"),
        "- copy: own.yaml\n      to: /system/oem/91_own.yaml\n      mode: '0644'\n",
    ),
    "step before a cloud-config": (
        replaced(r"^# cloud-config 90", r"RUN rm -rf /system/oem\n\g<0>"),
        "- run: rm -rf /system/oem\n    - file: /system/oem/90_own.yaml\n",
    ),
    "copy removed, its folder kept": (replaced(r"^COPY .* a /opt/x/\n", ""), "mkdir \"$1\"; chown \"$2\" \"$1\""),
    "another folder made": (replaced(r'"mkdir", "-p", "/etc/y"', '"mkdir", "-p", "/etc/y", "/etc/q"'), "- /etc/q"),
    "folder of nothing": (replaced(LAST, r"WORKDIR /data/deep\nWORKDIR /\n\n\1"), "- /data/deep"),
    "step removed": (replaced(r'^RUN \["touch", "/y"\]\n', ""), "workdir: /tmp/deep\ncloud_config:"),
    "log level": (replaced("-l info", "-l debug", 0), "log_level: debug"),
}  # fmt: skip


@pytest.mark.parametrize("name", ADOPTED_EDITS)
def test_edit_is_in_the_kairosfile(dockerfile: str, name: str) -> None:
    edit, expected = ADOPTED_EDITS[name]
    adoption = adopted(edit(dockerfile))
    assert expected in adoption.text()
    assert adoption.unsupported == []


def test_an_edited_step_has_no_invented_name(dockerfile: str) -> None:
    adoption = adopted(replaced("kairosfile vim curl$", "kairosfile nano")(dockerfile))
    assert steps(adoption, "after_install")[0] == {"packages": ["nano"]}
    assert steps(adoption, "after_install")[1]["name"] == "tools"


UNSUPPORTED_EDITS: dict[str, tuple[Callable[[str], str], str]] = {
    "parts of install in another order": (
        lambda text: swapped(text, 0, 1),
        "it runs behind a later part of install; a Kairosfile runs packages, kernel, Kairos' own files, Kubernetes",
    ),
    "a part for another model": (
        replaced('-m "\\$\\{MODEL\\}" (.*--skip-step installPackages)', r"-m rpi4 \1"),
        "it gets model rpi4, an earlier part of install generic",
    ),
    "a step between parts": (
        lambda text: text.replace("# install kernel\n", "RUN touch /between\n# install kernel\n"),
        "it stands between parts of install; a Kairosfile runs it behind them",
    ),
}


@pytest.mark.parametrize("name", UNSUPPORTED_EDITS)
def test_edit_that_a_kairosfile_cannot_say_is_left_over(dockerfile: str, name: str) -> None:
    edit, reason = UNSUPPORTED_EDITS[name]
    adoption = adopted(edit(dockerfile))
    assert reason in [item.reason for item in adoption.unsupported]


def swapped(text: str, first: int, second: int) -> str:
    one, two = (CALL.findall(text)[index] for index in (first, second))
    return text.replace(one, "\0").replace(two, one).replace("\0", two)


NOTICES = {
    "a test that the image no longer waits for": (
        replaced("^COPY --from=tests-1 .*\n", ""),
        "the image no longer waits for tests-1 in the Dockerfile; a build of the Kairosfile does",
    ),
    "a check that the image no longer waits for": (
        replaced("^COPY --from=validate .*\n", ""),
        "the image no longer waits for validate in the Dockerfile; a build of the Kairosfile does",
    ),
    "several log levels": (
        replaced('"-l", "info"', '"-l", "debug"'),
        "kairos-init gets several log levels (info, debug); a Kairosfile has one",
    ),
}


@pytest.mark.parametrize("name", NOTICES)
def test_an_edit_that_leaves_the_same_files_is_reported(dockerfile: str, name: str) -> None:
    edit, notice = NOTICES[name]
    adoption = adopted(edit(dockerfile))
    assert notice in adoption.account.notices
    assert adoption.unsupported == []
