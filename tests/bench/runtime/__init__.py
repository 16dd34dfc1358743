"""Topic ``runtime``: what a step costs, how many conversations fit, and what faults do to effects."""
