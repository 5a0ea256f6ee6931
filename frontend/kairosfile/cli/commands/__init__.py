"""The sub-commands: a module for each, named after it, with its arguments and its help.

`app` in each is a Typer application of one command. They are imported at every `--help`, so they import nothing
heavy themselves: what a command does stands in a module that its function imports.
"""
