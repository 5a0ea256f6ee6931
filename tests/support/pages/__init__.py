"""Follows the instructions of a page of the docs: writes the files that it shows, runs its commands in order.

A fenced block with a title, as in `yaml title="Kairosfile"`, is a file. A `console` block has commands after `$ `, each
for a separate shell; the lines below one must be in its output, in their order, with `...` for what may differ. Every
command runs, or a comment before its block has the reason:

    <!-- not run here: REASON -->

`<!-- exits with 1 -->` is the comment before a block whose last command fails.

A reader of a page under examples/ stands in a copy of its folder, the reader of any other page in a folder with the
Kairosfile of examples/standard; either is a git repository with one commit.
What needs an engine is run by tests/e2e/test_pages.py, the rest by tests/unit/project/test_pages.py.
"""
