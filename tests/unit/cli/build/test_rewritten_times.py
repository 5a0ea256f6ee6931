"""The warning about one time for all files appears only for an epoch, a rewriting exporter and a kept file together."""

from __future__ import annotations

from typing import Any

import pytest

from kairosfile import language, sections
from kairosfile.cli.build.buildx import BuildxCommand
from kairosfile.cli.build.outputs import rewritten_times_warning
from kairosfile.plan.resolve import resolve

HEAD = "base: debian:13\nversion: v1.0.0\n"
LASTING = "hooks: {after_install: [{file: /opt/acme/version, content: v1}, {copy: a, to: /home/kairos/}]}\n"
NOT_KEPT = "hooks: {after_install: [{file: /usr/bin/acme, content: v1}, {file: /optional, content: v1}]}\n"
OUTPUT = "type=oci,dest=os.tar,rewrite-timestamp=true"
EPOCH = {"SOURCE_DATE_EPOCH": "1700000000"}


def warning_of(text: str, environment: dict[str, str] | None = None, **more: Any) -> str:
    plans = resolve(sections.read(language.Source("Kairosfile", HEAD + text)), ["linux/amd64"])
    options: dict[str, Any] = {
        "file": "Kairosfile",
        "context": ".",
        "platforms": ["linux/amd64"],
        "outputs": [OUTPUT],
        **more,
    }
    return rewritten_times_warning(BuildxCommand(**options), plans, environment or {})


def test_files_that_a_machine_keeps_are_named() -> None:
    text = warning_of(LASTING, build_args=EPOCH)
    assert "/opt/acme/version and 1 more" in text
    assert "later one than the release before" in text


@pytest.mark.parametrize(
    "more",
    [
        {"environment": EPOCH},
        {"extra_args": ["--build-arg", "SOURCE_DATE_EPOCH=1700000000"]},
        {"build_args": EPOCH, "outputs": [], "extra_args": ["--output=" + OUTPUT]},
    ],
)
def test_epoch_and_output_are_known_however_they_are_given(more: dict[str, Any]) -> None:
    assert warning_of(LASTING, **more)


@pytest.mark.parametrize(
    ("text", "more"),
    [
        (NOT_KEPT, {"build_args": EPOCH}),
        ("", {"build_args": EPOCH}),
        (LASTING, {}),
        (LASTING, {"build_args": EPOCH, "outputs": ["type=oci,dest=os.tar"]}),
    ],
)
def test_other_builds_have_no_warning(text: str, more: dict[str, Any]) -> None:
    assert warning_of(text, **more) == ""
