"""A frontend: a YAML list of commands on a base image becomes an image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kairosfile.gateway import stdio

PIPES = stdio.claim()  # first: from here on, what is printed goes to the daemon's log and not between its messages

import json  # noqa: E402

import yaml  # noqa: E402

from kairosfile import llb  # noqa: E402
from kairosfile.gateway.contexts.entry import start_entry_file  # noqa: E402
from kairosfile.gateway.result import PlatformResult, assemble  # noqa: E402
from kairosfile.gateway.run import run_frontend  # noqa: E402

if TYPE_CHECKING:
    from kairosfile.gateway.request import Request
    from kairosfile.pb.gateway import Result


def build(request: Request) -> Result:
    """Build the recipe that `docker buildx build -f` names, for each requested platform."""
    recipe = yaml.load(start_entry_file(request).wait().source_map.data, yaml.CSafeLoader)
    options, bridge = request.options, request.bridge
    bases = {platform: bridge.resolve_image(recipe["base"], platform) for platform in options.platforms}

    built = {}
    for platform, resolving in bases.items():  # the daemon works on all of them meanwhile
        base = resolving.wait()
        config = json.loads(base.config)
        definition = llb.marshal(steps(recipe, base.reference, config), platform=platform, caps=bridge.llb_capabilities)
        config["config"] = config.get("config", {}) | {"Cmd": recipe["cmd"]}
        ref = bridge.solve(definition, cache_imports=options.cache_imports)
        built[platform] = ref, json.dumps(config).encode()

    results = {platform: PlatformResult(ref.wait(), config) for platform, (ref, config) in built.items()}
    return assemble(results, multi_platform=options.multi_platform)


def steps(recipe: dict[str, Any], base: str, config: dict[str, Any]) -> llb.State:
    """Return the base after all commands of the recipe."""
    state = llb.image(base).with_image_config(config)
    for command in recipe["run"]:
        named = llb.Constraints(custom_name=f"run {command}")
        state = state.run(["/bin/sh", "-ec", command], network="none", constraints=named).root
    return state


run_frontend(build, PIPES)
