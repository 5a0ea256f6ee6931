"""A plan to an LLB graph.

Each step becomes one vertex that remembers the Kairosfile lines it came from. Gates write nothing, so their empty
result is merged into the image: a failing gate fails the build, and a cache can answer it like any other step.

Nothing is read here: equal plans on equal images give equal bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kairosfile import llb
from kairosfile.plan.locations import location
from kairosfile.plan.model import Copy, Mount, Plan, Run, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a plan is compiled with: a state for each image by its id, the build context, the file's source map."""

    images: Mapping[str, llb.State]
    context: llb.State | None
    source_map: llb.SourceMap
    prefix: str = ""


def compile_plan(plan: Plan, inputs: Inputs, ignores_cache: Callable[[str], bool] = lambda _: False) -> llb.State:
    """Return the state whose file system is the image's; `ignores_cache` tells which steps must run again."""
    states = dict(inputs.images)
    for step in plan.steps:
        constraints = _constraints(step, inputs)._replace(ignore_cache=ignores_cache(step.id))
        states[step.id] = _vertex(step, states, inputs.context, constraints)
    gates = [states[gate] for gate in plan.gates]
    constraints = llb.Constraints(custom_name=f"{inputs.prefix}image")
    return llb.merge([states[plan.root], *gates], constraints=constraints)


def _vertex(
    step: Step, states: Mapping[str, llb.State], context: llb.State | None, constraints: llb.Constraints
) -> llb.State:
    start = states[step.start]
    if isinstance(step.action, Copy):
        return _copy(step.action, start, context, constraints)
    return _run(step.action, start, states, constraints)


def _run(action: Run, start: llb.State, states: Mapping[str, llb.State], constraints: llb.Constraints) -> llb.State:
    run = start.run(
        action.argv,
        cwd="/",
        env=dict(action.env),
        mounts=[_mount(mount, states) for mount in action.mounts],
        network="none" if action.network == "none" else None,
        readonly_root=action.read_only_root,
        constraints=constraints,
    )
    outputs = [mount.target for mount in action.mounts if mount.kind == "empty"]
    return run.output(outputs[0]) if outputs else run.root


def _mount(mount: Mount, states: Mapping[str, llb.State]) -> llb.Mount:
    if mount.kind == "image":
        return llb.Mount.bind(mount.target, states[mount.image], selector=mount.path, readonly=True)
    if mount.kind == "tmpfs":
        return llb.Mount.tmpfs(mount.target)
    return llb.Mount.bind(mount.target)


def _copy(action: Copy, start: llb.State, context: llb.State | None, constraints: llb.Constraints) -> llb.State:
    if context is None:
        raise ValueError("the plan copies files, but there is no build context")
    copies = [
        llb.copy(
            context,
            f"/{source.strip('/')}",
            action.target,
            follow_symlinks=True,
            copy_dir_contents_only=True,
            create_dest_path=True,
            allow_wildcard=True,
        )
        for source in action.sources
    ]
    return start.file(*copies, constraints=constraints)


def _constraints(step: Step, inputs: Inputs) -> llb.Constraints:
    where = location(inputs.source_map, step.ranges)
    return llb.Constraints(custom_name=f"{inputs.prefix}{step.name}", locations=(where,))
