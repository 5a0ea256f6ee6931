"""Compile a plan to an LLB graph.

Each step becomes one vertex with the Kairosfile lines that it came from. Checks produce no files; their empty results
are joined and merged into the image, so a failing check fails the build, and a cache can answer it like any other step.

Reads nothing: equal plans on equal images give equal bytes. A result that contains a secret needs several solves
(secret_export.py), so compiling returns a graph for each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from kairosfile import llb
from kairosfile.named_tuple import NamedTuple
from kairosfile.paths import dirname, normpath
from kairosfile.plan.locations import lines
from kairosfile.plan.model import BASE, Copy, Download, File, Mount, Plan, Run, Step
from kairosfile.untrusted import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping

    from kairosfile.llb.file import Action as FileAction

T = TypeVar("T")
U = TypeVar("U")

# The Dockerfile frontend's default modes of a secret's file and of an agent's socket.
SECRET_MODE = 0o400
SSH_MODE = 0o600

# File name of a download before it is copied: the name is part of its cache key, and the same file may be copied to
# several places.
DOWNLOADED = "download"

SHM = "/dev/shm"  # noqa: S108 - where --shm-size is mounted

# Distinguishes the runs of one secret export from all others: the id of a cache mount is not part of a cache key.
EXPORT_ID = "KAIROSFILE_HAND_OVER"

# A path that no image has.
NOT_THERE = "/kairosfile-compares"

# Runs the arguments as a command and prints its standard error up to the usage: $0 is the file that stores it.
_SHOW_UP_TO_USAGE = 'while IFS= read -r l && [ "$l" != Usage: ]; do printf "%s\\n" "$l"; done <"$0" >&2'
WITHOUT_USAGE = ("/bin/sh", "-c", f'"$@" 2>"$0" && r=0 || r=$?; {_SHOW_UP_TO_USAGE}; exit $r')


class Inputs(NamedTuple):
    """Inputs of compiling a plan: a state for each image by its id, the context, the source map, and the options.

    Options that states inherit (network, hosts, ...) come with the state of the base. `shm_size` is in bytes, 0 for
    the daemon's default; `cache_namespace` separates cache mounts from those of other builds; `no_cache` has the ids of
    the steps that must run again, with all that follow them. `build_id` is unique for each build and is used to export
    secrets: the solver sets it, the only input that differs each time. Graphs built only for display have none.
    """

    images: Mapping[str, llb.State]
    context: llb.State | None
    source_map: llb.SourceMap
    prefix: str = ""
    proxy: llb.ProxyEnv | None = None
    shm_size: int = 0
    resources: llb.LinuxResources | None = None
    cache_namespace: str = ""
    no_cache: Container[str] = ()
    build_id: str = ""


class SolvePlan(NamedTuple, Generic[T]):
    """The solves of a plan, in order: usually `result` alone; `after` runs even if the others failed."""

    result: T
    before: T | None = None
    after: T | None = None

    def map(self, convert: Callable[[T], U]) -> SolvePlan[U]:
        """Return the solves with each converted."""
        before, after = (None if each is None else convert(each) for each in (self.before, self.after))
        return SolvePlan(convert(self.result), before, after)


def merge_for_display(solves: SolvePlan[llb.State]) -> llb.State:
    """Merge all solves into one graph for display; the order of the solves is not part of it."""
    states = [state for state in (solves.before, solves.result, solves.after) if state]
    return llb.merge(states) if len(states) > 1 else solves.result


def compile_plan(plan: Plan, inputs: Inputs) -> SolvePlan[llb.State]:
    """Compile a plan to its solves.

    Args:
        plan: The plan of one platform or target.
        inputs: Resolved images, build context and settings of the request.

    Returns:
        The graphs to solve in order; the result of the last one is the file system of the image, or of the artifacts.
    """
    again = steps_again(plan, inputs.no_cache)
    states = compile_steps(plan, inputs, again)
    result = _result(plan, states, inputs, again)
    if not plan.secret_export:
        return SolvePlan(result)
    return SolvePlan(result, states[plan.secret_export.before], states[plan.secret_export.after])


def _result(plan: Plan, states: Mapping[str, llb.State], inputs: Inputs, again: frozenset[str]) -> llb.State:
    root = states[plan.root]
    laid_over = [*(states[step] for step in plan.overlays), *_joined_checks(plan, states, inputs)]
    joined = (plan.root, *plan.overlays, *plan.checks)
    name = f"{inputs.prefix}{'image' if plan.is_image else 'artifacts'}"
    constraints = llb.Constraints(custom_name=name, ignore_cache=not again.isdisjoint(joined))
    if plan.one_layer and plan.root != BASE:
        whole = llb.merge([root, *laid_over]) if laid_over else root
        return llb.merge([states[BASE], _one_layer(states[BASE], whole, inputs)], constraints=constraints)
    return llb.merge([root, *laid_over], constraints=constraints) if laid_over else root


def _one_layer(base: llb.State, whole: llb.State, inputs: Inputs) -> llb.State:
    """Return all changes above the base as one layer.

    BuildKit would answer a diff with the base itself by the existing layers of the steps. So the result is compared
    with another state of the same files: a step above the base that removes a file that does not exist.
    """
    same = base.file(
        llb.rm(NOT_THERE, allow_not_found=True),
        constraints=llb.Constraints(custom_name=f"{inputs.prefix}the base to compare with"),
    )
    return llb.diff(same, whole, constraints=llb.Constraints(custom_name=f"{inputs.prefix}one layer"))


def _joined_checks(plan: Plan, states: Mapping[str, llb.State], inputs: Inputs) -> list[llb.State]:
    """Join the (empty) results of all checks into one state, so that checks add at most one layer."""
    checks = [states[check] for check in plan.checks]
    if len(checks) <= 1:
        return checks
    copies = [llb.copy(check, "/", "/", copy_dir_contents_only=True) for check in checks]
    return [llb.scratch().file(*copies, constraints=llb.Constraints(custom_name=f"{inputs.prefix}gates"))]


def compile_steps(plan: Plan, inputs: Inputs, again: Container[str] = ()) -> dict[str, llb.State]:
    """Compile the images and steps of a plan.

    Args:
        plan: The plan of one platform or target.
        inputs: Resolved images, build context and settings of the request.
        again: Ids of the steps that no cache may answer.

    Returns:
        The state of each image and step by its id.
    """
    states = dict(inputs.images)
    for step in plan.steps:
        constraints = _constraints(step, inputs)._replace(ignore_cache=step.id in again)
        states[step.id] = _vertex(step, states, inputs, constraints)
    return states


def steps_again(plan: Plan, ids: Container[str]) -> frozenset[str]:
    """Return the ids of the steps that must run again: the requested ones and all that follow them.

    Following steps are marked too: newer BuildKit (seen with 0.32) runs only the next step again and takes the others
    from the cache, so the result would lack the new files. Steps of a secret export run each time anyway; if they were
    marked, the daemon would clear their folder.
    """
    again: set[str] = set()
    for step in plan.steps:
        takes_part = isinstance(step.action, Run) and step.action.exports_secret
        if (step.id in ids or again & step.needs) and not takes_part:
            again.add(step.id)
    return frozenset(again)


def _vertex(step: Step, states: Mapping[str, llb.State], inputs: Inputs, constraints: llb.Constraints) -> llb.State:
    start, action = states[step.start], step.action
    if isinstance(action, Copy):
        return start.file(*_copies(action, states, inputs), constraints=constraints)
    if isinstance(action, File):
        return start.file(*_make_file(action), constraints=constraints)
    if isinstance(action, Download):
        return start.file(*_download(action, inputs, constraints), constraints=constraints)
    return _run(action, start, states, inputs, constraints)


def _run(
    action: Run, start: llb.State, states: Mapping[str, llb.State], inputs: Inputs, constraints: llb.Constraints
) -> llb.State:
    network = start.settings.network if action.network == "default" else action.network
    root = start.holding(None) if action.empty_root else start
    run = root.run(
        (*WITHOUT_USAGE, action.error_file, *action.argv) if action.error_file else action.argv,
        cwd=action.cwd,
        user=action.user or None,
        env=dict(action.env) | ({EXPORT_ID: inputs.build_id} if action.exports_secret else {}),
        mounts=_mounts(action, states, inputs),
        secrets=_secrets(action),
        ssh=[_ssh(mount) for mount in action.mounts if mount.kind == "ssh"],
        network=network,
        proxy=None if network == "none" else inputs.proxy,
        security="insecure" if action.security == "insecure" else None,
        readonly_root=action.read_only_root,
        constraints=constraints._replace(linux_resources=inputs.resources),
    )
    outputs = [mount.target for mount in action.mounts if mount.kind == "empty"]
    return run.output(outputs[0]) if outputs else run.root


def _mounts(action: Run, states: Mapping[str, llb.State], inputs: Inputs) -> list[llb.Mount]:
    own = [_mount(mount, states, inputs) for mount in action.mounts if mount.kind not in ("secret", "ssh")]
    if inputs.shm_size and all(mount.target != SHM for mount in own):
        own.append(llb.Mount.tmpfs(SHM, size=inputs.shm_size))
    return own


def _mount(mount: Mount, states: Mapping[str, llb.State], inputs: Inputs) -> llb.Mount:
    if mount.kind == "cache":
        cache_id = f"{inputs.cache_namespace}/{mount.id}" if inputs.cache_namespace else mount.id
        return llb.Mount.cache(mount.target, id=cache_id, sharing=mount.sharing)
    if mount.kind == "hand-over":
        return llb.Mount.cache(mount.target, id=f"kairosfile-hand-over/{inputs.build_id}")
    if mount.kind == "tmpfs":
        return llb.Mount.tmpfs(mount.target, size=mount.size)
    if mount.kind in {"empty", "scratch"}:
        return llb.Mount.bind(mount.target, no_output=mount.kind == "scratch")
    source = _context(inputs) if mount.kind == "context" else states[mount.step or mount.image]
    path = normpath(f"/{mount.path.strip('/')}")
    selector, writable = "" if path == "/" else path, mount.writable
    return llb.Mount.bind(mount.target, source, selector=selector, readonly=not writable, no_output=writable)


def _secrets(action: Run) -> list[llb.Secret]:
    files = [
        llb.Secret(
            mount.id,
            mount.target,
            mode=SECRET_MODE if mount.mode is None else mount.mode,
            uid=mount.uid,
            gid=mount.gid,
            optional=not mount.required,
        )
        for mount in action.mounts
        if mount.kind == "secret"
    ]
    return [*files, *(llb.Secret(it.id, env=it.name, optional=not it.required) for it in action.secret_env)]


def _ssh(mount: Mount) -> llb.Ssh:
    mode = SSH_MODE if mount.mode is None else mount.mode
    return llb.Ssh(mount.id, mount.target, mode=mode, uid=mount.uid, gid=mount.gid, optional=not mount.required)


def _copies(action: Copy, states: Mapping[str, llb.State], inputs: Inputs) -> list[FileAction]:
    source = states[action.image] if action.image else _context(inputs)
    copies: list[FileAction] = [
        llb.copy(
            source,
            f"/{path.strip('/')}",
            action.target,
            mode=action.mode,
            owner=_owner(action.owner),
            include_patterns=action.include,
            exclude_patterns=action.exclude,
            follow_symlinks=True,
            copy_dir_contents_only=True,
            create_dest_path=True,
            allow_wildcard=True,
        )
        for path in action.sources
    ]
    return [*_folders(action), *copies]


def _folders(action: Copy) -> list[FileAction]:
    """Make the folders to which BuildKit 0.25 would give the owner and the mode of the copied files."""
    if action.mode is None and not action.owner:
        return []
    target = action.target.rstrip("/")
    parent = dirname(target)
    actions: list[FileAction] = [llb.mkdir(parent, parents=True)] if parent not in ("", "/") else []
    if target and action.target.endswith("/"):
        actions.append(llb.mkdir(target, parents=True, owner=_owner(action.owner)))
    return actions


def _make_file(action: File) -> list[FileAction]:
    folder = dirname(action.target)
    folders = [] if folder == "/" else [llb.mkdir(folder, parents=True)]
    data = action.content.encode()
    return [*folders, llb.mkfile(action.target, data, mode=action.mode, owner=_owner(action.owner))]


def _download(action: Download, inputs: Inputs, constraints: llb.Constraints) -> list[FileAction]:
    """Return the actions that copy a download; the source gets the step's lines too, because it is what fails."""
    named = llb.Constraints(custom_name=f"{inputs.prefix}download {action.url}", locations=constraints.locations)
    source = llb.http(action.url, checksum=action.checksum, filename=DOWNLOADED, constraints=named)
    copied = llb.copy(source, f"/{DOWNLOADED}", action.target, mode=action.mode, owner=_owner(action.owner))
    folder = dirname(action.target)
    return [copied] if folder == "/" else [llb.mkdir(folder, parents=True), copied]


def _owner(text: str) -> llb.Owner | None:
    return llb.Owner.parse(text) if text else None


def _context(inputs: Inputs) -> llb.State:
    if inputs.context is None:
        raise ValueError("the plan uses files of the build context, but the build has no context")
    return inputs.context


def _constraints(step: Step, inputs: Inputs) -> llb.Constraints:
    step_lines = lines(inputs.source_map, step.ranges)
    return llb.Constraints(custom_name=f"{inputs.prefix}{one_line(step.name)}", locations=step_lines)
