"""The times of processes in a trace of the kernel, which the benchmark of a rebuild reports."""

from __future__ import annotations

import pytest

from tests.support.benchmarks.lifetimes import lifetimes

TRACE = """\
# tracer: nop
   runc:[2:INIT]-71  [001] ..... 10.000500: sched_process_exec: filename=/usr/bin/python3.13 pid=71 old_pid=71
   runc:[2:INIT]-72  [000] ..... 10.001000: sched_process_exec: filename=/bin/other pid=72 old_pid=72
      python3.13-75  [001] ..... 10.010000: sched_process_exit: comm=python3.13 pid=75 prio=120
           other-72  [000] ..... 10.020000: sched_process_exit: comm=other pid=72 prio=120 group_dead=true
      python3.13-71  [001] ..... 10.038000: sched_process_exit: comm=python3.13 pid=71 prio=120
   runc:[2:INIT]-71  [001] ..... 11.000000: sched_process_exec: filename=/usr/bin/python3.13 pid=71 old_pid=71
      python3.13-71  [001] ..... 11.000100: sched_process_exec: filename=/bin/other pid=71 old_pid=71
           other-71  [001] ..... 11.500000: sched_process_exit: comm=other pid=71 prio=120
"""


def test_a_process_counts_from_its_program_s_start_to_its_end() -> None:
    """Threads, other programs, and processes that start another program do not."""
    assert list(lifetimes(TRACE, "/usr/bin/python3.13")) == [pytest.approx(37.5)]
    assert list(lifetimes(TRACE, "/bin/other")) == [pytest.approx(19), pytest.approx(499.9)]
