"""The frontend's side of BuildKit's gateway: options, contexts, calls, results and errors with source.

A frontend talks to its daemon over stdin and stdout only. The modules, in the order in which a build uses them:

    stdio      take the two pipes, before anything may print
    http2      the transport on them: method and bytes out, bytes or RpcError back
    bridge     the typed client of moby.buildkit.v1.frontend.LLBBridge
    options    the options of the request
    contexts   the sources of files
    result     the result of the frontend
    run        runs the build and reports every outcome, crashes included

This package imports nothing by itself: a frontend imports the modules in the order that lets the daemon work while
Python still loads. It depends on `kairosfile.llb` and on no language that is compiled to it.
"""
