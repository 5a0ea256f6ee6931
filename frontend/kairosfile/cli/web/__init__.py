"""`kairosfile web`: projects, checks, plans, edits and builds over HTTP, for a page or a program on the same machine.

It is an extra, `kairosfile[web]`: nothing else imports this package.
"""
