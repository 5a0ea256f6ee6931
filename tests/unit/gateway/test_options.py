"""Options: buildx's options as a typed record."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from kairosfile.gateway.options import CacheImport, ContainerOptions, Options
from kairosfile.gateway.rare_errors import OptionError
from kairosfile.llb import Host, LinuxResources, Platform, Ulimit

AMD64, ARM64, ARMV7 = (Platform("linux", *rest) for rest in (("amd64",), ("arm64",), ("arm", "v7")))
WORKERS = json.dumps([{"id": "x", "platforms": [{"architecture": "arm64", "os": "linux", "variant": "v8"}]}])


def _options(**options: str) -> Options:
    return _parse({key.replace("_", "-"): value for key, value in options.items()})


def _parse(options: dict[str, str], **environ: str) -> Options:
    numbered = {f"BUILDKIT_FRONTEND_OPT_{n}": f"{key}={value}" for n, (key, value) in enumerate(options.items())}
    return Options.from_environ({"BUILDKIT_WORKERS": WORKERS, "PATH": "/bin", **numbered, **environ})


def test_request_without_options_has_the_defaults_of_the_dockerfile_frontend() -> None:
    options = _options()

    assert options.filename == "Dockerfile"
    assert (options.platforms, options.multi_platform) == ((ARM64,), False)
    assert options.image_resolve_mode == "default"
    assert (options.no_cache, options.cache_imports, options.context) == (None, (), None)
    assert (options.containers, options.source_date_epoch, options.target) == (ContainerOptions(), None, "")


def test_default_filename_is_the_frontends_choice_and_the_option_beats_it() -> None:
    chosen = Options.from_environ({}, "Kairosfile")
    options = Options.from_environ({"BUILDKIT_FRONTEND_OPT_0": "filename=other"}, "Kairosfile")

    assert (chosen.filename, options.filename) == ("Kairosfile", "other")


def test_value_may_hold_equals_signs_and_may_be_absent() -> None:
    options = _parse({"build-arg:A": "b=c", "label:empty": ""}, BUILDKIT_FRONTEND_OPT_9="build-arg:BARE")

    assert options.build_args == {"A": "b=c", "BARE": ""}
    assert options.labels == {"empty": ""}


def test_order_of_the_environment_means_nothing() -> None:
    options = {"build-arg:B": "1", "label:y": "2", "build-arg:A": "3", "label:x": "4", "context:c": "5"}
    forward, backward = _parse(options), _parse(dict(reversed(options.items())))

    assert forward == backward
    assert list(forward.build_args) == list(backward.build_args) == ["A", "B"]
    assert list(forward.raw_options) == list(backward.raw_options)


def test_platforms_keep_their_order_and_are_normalised() -> None:
    options = _options(platform="linux/arm/v7,linux/x86_64, linux/arm64/v8")

    assert options.platforms == (ARMV7, AMD64, ARM64)
    assert options.multi_platform


def test_native_platform_without_workers_is_this_machines() -> None:
    native = Options.from_environ({}).build_platform

    assert native == Platform("linux", os.uname().machine).normalized()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, False),
        ({"multi-platform": "true"}, True),
        ({"multi-platform": "0"}, False),
        ({"multi-platform": "true", "build-arg:BUILDKIT_MULTI_PLATFORM": "F"}, False),
        ({"build-arg:BUILDKIT_MULTI_PLATFORM": "1"}, True),
        ({"platform": "linux/amd64,linux/arm64"}, True),
        ({"platform": "linux/amd64", "multi-platform": "T"}, True),
    ],
)
def test_result_is_a_map_for_several_platforms_or_on_demand(options: dict[str, str], expected: bool) -> None:
    assert _parse(options).multi_platform is expected


def test_no_cache_without_a_value_names_no_step_and_differs_from_an_absent_one() -> None:
    everything, some, nothing = _options(no_cache=""), _options(no_cache="Install, init"), _options()

    assert everything.no_cache == frozenset()
    assert some.no_cache == frozenset({"install", "init"})
    assert nothing.no_cache is None


def test_cache_imports_come_from_json_and_from_the_old_list() -> None:
    new = '[{"Type":"registry","Attrs":{"ref":"a"}},{"Type":"gha","Attrs":null},{"Type":"inline"}]'
    options = _options(cache_imports=new, cache_from="b,c")

    assert options.cache_imports == (
        CacheImport("registry", {"ref": "a"}),
        CacheImport("gha", {}),
        CacheImport("inline", {}),
        CacheImport("registry", {"ref": "b"}),
        CacheImport("registry", {"ref": "c"}),
    )


def test_hosts_are_one_csv_record_in_lower_case() -> None:
    options = _options(add_hosts='Registry.Example=10.0.0.1,"six=[2001:DB8::1]"')

    assert options.containers.hosts == (Host("registry.example", "10.0.0.1"), Host("six", "2001:db8::1"))


def test_hostname_of_the_build_arg_wins() -> None:
    assert _parse({"hostname": "a"}).containers.hostname == "a"
    assert _parse({"hostname": "a", "build-arg:BUILDKIT_SANDBOX_HOSTNAME": "b"}).containers.hostname == "b"


def test_containers_have_limits() -> None:
    options = {"ulimit": "nofile=1024:2048,core=-1", "shm-size": "67108864", "cgroup-parent": "/mine"}
    body = _parse(options | {"memory": "1000", "memswap": "-1", "cpuquota": "50", "cpusetcpus": "0-1"}).containers

    assert body.ulimits == (Ulimit("nofile", 1024, 2048), Ulimit("core", -1, -1))
    assert (body.shm_size, body.cgroup_parent) == (67108864, "/mine")
    assert body.resources == LinuxResources(memory=1000, memory_swap=-1, cpu_quota=50, cpuset_cpus="0-1")


def test_contexts_and_sessions_are_identified_by_name() -> None:
    arguments = {"context:base": "docker-image://x", "context:base::linux/arm64": "oci-layout://y"}
    options = _parse({**arguments, "local-sessionid:context": "other"}, BUILDKIT_SESSION_ID="mine")

    assert options.named_contexts == {"base": "docker-image://x", "base::linux/arm64": "oci-layout://y"}
    assert options.local_session_id("context") == "other"
    assert options.local_session_id("dockerfile") == options.session_id == "mine"


def test_contextkey_renames_the_option_that_holds_the_url() -> None:
    assert _options(context="a").context == "a"
    assert _options(context="a", contextkey="other", other="b").context == "b"
    assert _options(context="a", contextkey="other").context is None


def test_keys_of_no_meaning_here_are_kept_raw() -> None:
    options = _parse({"vcs:source": "x", "from.the.future": "y"})

    assert options.raw_options["from.the.future"] == "y"
    assert options.raw_options["vcs:source"] == "x"


def test_rest_of_the_record() -> None:
    arguments: dict[str, Any] = {"target": "init", "requestid": "frontend.lint", "image-resolve-mode": "pull"}
    arguments |= {"build-arg:SOURCE_DATE_EPOCH": "1700000000", "force-network-mode": "none", "filename": "a/b"}
    options = _parse(arguments)

    assert (options.target, options.request_id, options.image_resolve_mode) == ("init", "frontend.lint", "pull")
    assert (options.source_date_epoch, options.containers.network, options.filename) == (1_700_000_000, "none", "a/b")


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("platform", "linux", "--platform: .*'linux'"),
        ("platform", "linux/amd64,,linux/arm64", "--platform: "),
        ("multi-platform", "yes", 'option multi-platform: expected true or false, not "yes"'),
        ("image-resolve-mode", "never", 'unknown value "never": use default, pull, local'),
        ("force-network-mode", "bridge", 'unknown value "bridge": use host, none, sandbox'),
        ("cache-imports", "[{", "--cache-from: expected JSON"),
        ("cache-imports", '{"Type":"x"}', "--cache-from: expected a JSON array"),
        ("cache-imports", '["x"]', "--cache-from: expected objects such as"),
        ("cache-imports", '[{"Type":"x","Attrs":"y"}]', "--cache-from: expected objects such as"),
        ("add-hosts", "a", '--add-host: expected host=address, not "a"'),
        ("add-hosts", "a=b", '--add-host: expected an IP address, not "b"'),
        ("add-hosts", '"a=1.2.3.4', "--add-host: expected fields separated by commas"),
        ("build-arg:SOURCE_DATE_EPOCH", "now", "--build-arg SOURCE_DATE_EPOCH: expected seconds"),
        ("build-arg:SOURCE_DATE_EPOCH", "-1", "--build-arg SOURCE_DATE_EPOCH: expected seconds .*, not -1"),
        ("build-arg:SOURCE_DATE_EPOCH", "999999999999", "up to the year 9999"),
        ("build-arg:BUILDKIT_MULTI_PLATFORM", "maybe", "--build-arg BUILDKIT_MULTI_PLATFORM: expected true or false"),
        ("ulimit", "nofile", '--ulimit: expected name=soft or name=soft:hard, not "nofile"'),
        ("ulimit", "nofile=many", '--ulimit: expected a limit as a whole number, not "many"'),
        ("shm-size", "1g", '--shm-size: expected a number of bytes as a whole number, not "1g"'),
        ("memory", "lots", '--memory: expected a number of bytes as a whole number, not "lots"'),
        ("cpuquota", "half", '--cpu-quota: expected a number as a whole number, not "half"'),
    ],
)
def test_malformed_value_is_an_error_that_names_its_option(key: str, value: str, text: str) -> None:
    with pytest.raises(OptionError, match=text):
        _parse({key: value})


def test_one_platform_per_result_contradicts_several_platforms() -> None:
    with pytest.raises(OptionError, match="option multi-platform: is false, but 2 platforms are requested"):
        _parse({"platform": "linux/amd64,linux/arm64", "multi-platform": "false"})


def test_malformed_workers_are_named() -> None:
    with pytest.raises(OptionError, match="option BUILDKIT_WORKERS: expected JSON"):
        Options.from_environ({"BUILDKIT_WORKERS": "{"})


def test_an_option_that_is_not_utf_8_is_refused_by_its_name() -> None:
    text = b"context=https://example.com/\xff.git".decode(errors="surrogateescape")
    with pytest.raises(OptionError, match="context: it is not UTF-8"):
        Options.from_environ({"BUILDKIT_FRONTEND_OPT_0": text})
