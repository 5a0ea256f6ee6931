"""A frontend: a YAML list of commands on a base image becomes an image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.gateway import stdio

PIPES = stdio.claim()  # first: from here on, what is printed goes to the daemon's log and not between its messages

import json  # noqa: E402

import yaml  # noqa: E402

from kairosfile import llb  # noqa: E402
from kairosfile.gateway.contexts.entry import start_entry_file  # noqa: E402
from kairosfile.gateway.result import PlatformResult, assemble  # noqa: E402
from kairosfile.gateway.serve import serve  # noqa: E402

if TYPE_CHECKING:
    from kairosfile.gateway.request import Request
    from kairosfile.pb.gateway_pb2 import Result


def build(request: Request) -> Result:
    """Build the recipe that `docker buildx build -f` names, for the platform asked for."""
    recipe = yaml.load(start_entry_file(request).wait().source_map.data, yaml.CSafeLoader)
    platform = request.options.platforms[0]
    base = request.bridge.resolve_image(recipe["base"], platform).wait()
    config = json.loads(base.config)

    state = llb.image(base.reference).with_image_config(config)
    for command in recipe["run"]:
        constraints = llb.Constraints(custom_name=f"run {command}")
        state = state.run(["/bin/sh", "-ec", command], network="none", constraints=constraints).root
    config["config"] = config.get("config", {}) | {"Cmd": recipe["cmd"]}

    definition = llb.marshal(state, platform=platform, caps=request.bridge.llb_capabilities)
    ref = request.bridge.solve(definition).wait()
    return assemble({platform: PlatformResult(ref, json.dumps(config).encode())}, multi_platform=False)


serve(build, PIPES)
