"""The section `hooks`: one module for each kind of step, the registry of kinds, and hooks as steps of a plan."""
