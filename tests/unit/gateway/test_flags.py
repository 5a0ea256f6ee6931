"""Every option that buildx can send takes effect in this frontend or elsewhere, or causes a warning."""

from __future__ import annotations

from types import MappingProxyType

import pytest

from kairosfile.gateway import known_options
from kairosfile.gateway.known_options import FLAGS, flag, unknown
from kairosfile.gateway.options import Options

# The options of the request that this frontend parses, each with a value that changes the record.
READ = {
    "add-hosts": "a=1.2.3.4",
    "build-arg:X": "1",
    "cache-from": "localhost:5000/a",
    "cache-imports": '[{"Type":"registry"}]',
    "cgroup-parent": "mine",
    "context": "https://example.com/a.git",
    "context:a": "docker-image://b",
    "cpuperiod": "1",
    "cpuquota": "1",
    "cpusetcpus": "0",
    "cpusetmems": "0",
    "cpushares": "1",
    "dockerfilekey": "dockerfile",
    "filename": "other",
    "force-network-mode": "none",
    "hostname": "a",
    "image-resolve-mode": "pull",
    "label:x": "y",
    "memory": "1",
    "memswap": "1",
    "multi-platform": "true",
    "no-cache": "",
    "platform": "linux/arm64",
    "requestid": "frontend.lint",
    "shm-size": "1",
    "target": "install",
    "ulimit": "nofile=1",
}

# Options that their users read from the raw options.
READ_LATER = {"contextkey", "contextsubdir", "input-metadata:a", "local-sessionid:context", "sharedkey:localdir:a"}

# Options of the daemon or buildx, for any frontend (solver/llbsolver, frontend/gateway, buildx build/opt.go).
OF_OTHERS = {"attest:provenance", "attest:sbom", "cmdline", "frontend.caps", "input:context", "source", "vcs:revision"}


def _options(options: dict[str, str]) -> Options:
    workers = '[{"platforms":[{"architecture":"amd64","os":"linux"}]}]'
    numbered = {f"BUILDKIT_FRONTEND_OPT_{n}": f"{key}={value}" for n, (key, value) in enumerate(options.items())}
    read = Options.from_environ({"BUILDKIT_WORKERS": workers, **numbered})
    return read._replace(raw_options=MappingProxyType({}))


@pytest.mark.parametrize(("key", "value"), READ.items())
def test_an_option_that_is_read_changes_the_record(key: str, value: str) -> None:
    assert _options({key: value}) != _options({})


def test_the_table_has_every_option_and_no_other() -> None:
    listed = {"".join(key.partition(":")[:2]) for key in {*READ, *READ_LATER, *OF_OTHERS}}

    assert FLAGS.keys() == listed


def test_an_option_of_no_row_is_unknown() -> None:
    assert unknown(["memory", "label:a:b", "future", "build-args:X"]) == ["build-args:X", "future"]


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("add-hosts", "--add-host"),
        ("build-arg:A:B", "--build-arg A:B"),
        ("force-network-mode", "--network"),
        ("multi-platform", "option multi-platform"),
        ("strange", "option strange"),
    ],
)
def test_an_option_goes_by_the_flag_that_the_user_wrote(key: str, text: str) -> None:
    assert flag(key) == text


@pytest.mark.parametrize("name", ["HTTP_PROXY", "no_proxy", "All_Proxy", "SOURCE_DATE_EPOCH", "BUILDKIT_SYNTAX"])
def test_a_predefined_build_arg_needs_no_declaration(name: str) -> None:
    assert known_options.is_predefined(name)
    assert known_options.without_effect([name]) == []


def test_a_predefined_build_arg_without_effect_is_reported() -> None:
    (sentence,) = known_options.without_effect(["BUILDKIT_SBOM_SCAN_STAGE", "BUILDKIT_SYNTAX", "A"])

    assert sentence.startswith("--build-arg BUILDKIT_SBOM_SCAN_STAGE has no effect: ")
    assert not known_options.is_predefined("BUILDKIT_SOMETHING_ELSE")
