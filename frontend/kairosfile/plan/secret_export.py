"""Export a result that contains a secret without leaving it in any exported cache.

BuildKit exports the result of a build with all steps that led to it, whatever the definition says; it never exports a
step without inputs (solver/exporter.go). So there are two solves, one after the other. The first ends with steps that
write the result into a cache mount whose name no other build uses. The second is one step without inputs that copies
the files from there. A third clears the mount, also after a failure.

The second step has an empty root, so the first solve also copies a program to the mount: rsync of AuroraBoot's image,
with which AuroraBoot itself copies files, and its linked libraries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.plan.model import AURORABOOT, Mount, Run, SecretExport, Step
from kairosfile.sections.hooks.run import SHELL

if TYPE_CHECKING:
    from kairosfile.plan.model import Plan

FOLDER = "/hand-over"
TOOLS = f"{FOLDER}/.tools"
OUTPUT = "/output"
DONE = "/done"
RESULTS = "/results"

# $1 has a folder for each further result. All dynamic loaders are named ld-*; if a small image has no ldd, the loader
# of glibc lists the libraries because of the variable.
SCRIPT = """\
mkdir -p /hand-over/.tools
rsync=$(command -v rsync)
cp "$rsync" /hand-over/.tools/rsync
for word in $(ldd "$rsync" 2>/dev/null || LD_TRACE_LOADED_OBJECTS=1 "$rsync"); do
    case $word in
    */ld-*) cp "$word" /hand-over/.tools/loader ;;
    /*) cp "$word" /hand-over/.tools/ ;;
    esac
done
if ! /hand-over/.tools/loader --library-path /hand-over/.tools /hand-over/.tools/rsync --version >/dev/null; then
    echo "the rsync of AuroraBoot's image does not run outside of it, so no secret can be handed over" >&2
    exit 1
fi
for result in "$1"/*; do
    [ ! -d "$result" ] || cp -a "$result/." /hand-over/
done
"""


def with_secret_export(plan: Plan) -> Plan:
    """Return the plan with its result exported by separate solves; some of its steps hold a secret."""
    secret = [step for step in plan.steps if step.holds_secret]
    writing = [_writing(step) for step in secret]
    others = [step for step in plan.steps if not step.holds_secret]
    before, result, after = _prepare(plan, secret[0]), _take(secret[0]), _clear(secret[0])
    return plan._replace(
        steps=(*others, *writing, before, result, after),
        root=result.id,
        overlays=(),
        checks=(),
        secret_export=SecretExport(before.id, after.id),
    )


def _writing(step: Step) -> Step:
    """Return the step with its output in the folder; its result is empty and only signals success."""
    if not isinstance(step.action, Run):
        raise TypeError(f"{step.id} holds a secret and runs no command")
    mounts = [Mount("hand-over", it.target) if it.kind == "empty" else it for it in step.action.mounts]
    return step._replace(action=step.action._replace(mounts=(*mounts, Mount("empty", DONE))))


def _prepare(plan: Plan, of: Step) -> Step:
    """Return the step that ends the first solve: it depends on all others and copies the results without a secret."""
    secret = [step.id for step in plan.steps if step.holds_secret]
    results = [step for step in (plan.root, *plan.overlays) if step not in secret]
    mounts = (
        Mount("hand-over", FOLDER),
        *(Mount("step", f"{RESULTS}/{step}", step=step) for step in results),
        *(Mount("step", f"{DONE}/{step}", step=step) for step in (*secret, *plan.checks)),
    )
    return _step("hand-over", "hand the files over", of, (*SHELL, SCRIPT, "hand-over", RESULTS), mounts)


def _take(of: Step) -> Step:
    program = (f"{TOOLS}/loader", "--library-path", TOOLS, f"{TOOLS}/rsync")
    argv = (*program, "--archive", "--numeric-ids", "--exclude=/.tools", f"{FOLDER}/", f"{OUTPUT}/")
    mounts = (Mount("hand-over", FOLDER, step="hand-over"), Mount("empty", OUTPUT))
    return _step("handed-over", "take the files", of, argv, mounts, empty_root=True)


def _clear(of: Step) -> Step:
    argv = ("find", FOLDER, "-mindepth", "1", "-delete")
    mounts = (Mount("hand-over", FOLDER, step="handed-over"),)
    return _step("clear", "clear what they were handed over in", of, argv, mounts)


def _step(
    step: str, name: str, of: Step, argv: tuple[str, ...], mounts: tuple[Mount, ...], *, empty_root: bool = False
) -> Step:
    action = Run(argv, mounts, network="none", empty_root=empty_root)
    return Step(step, name, AURORABOOT, action, of.ranges, of.fields)
