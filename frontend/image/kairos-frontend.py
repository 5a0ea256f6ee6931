"""The program that the frontend image runs."""

import gc

# The process lives for a few hundred milliseconds: looking for garbage would only take some of them.
gc.disable()

from kairosfile import trace
from kairosfile.gateway import stdio

trace.mark("start")
pipes = stdio.claim()
stdio.leave_root()

from kairosfile.frontend import main

main(pipes)
