"""Pictures of a build graph: a module for each form, all of the same `plan.graph.Graph`."""
