"""The language server for Kairosfiles.

Two readers look at a text. Diagnostics come from the checker that every command and every build uses. Completion,
hover and the outline have to work in the middle of a word, where a text is seldom YAML: they use an error-tolerant
parser (`syntax_tree`). The allowed keys and values of a place come from the model, never from a separate list.
"""
