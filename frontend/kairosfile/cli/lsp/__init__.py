"""The language server: what an editor is told about a Kairosfile while it is typed.

Two readers look at a text. Diagnostics come from the one checker, which every command and every build has. What has to
work in the middle of a word (completion, hover, the outline) reads lines and indentation (`outline`), because a text
that is being typed is seldom YAML. What may stand where comes from the model, never from a list of its own.
"""
