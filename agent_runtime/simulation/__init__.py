"""A retail shop, customers and an agent of our own invention, for where no recordings are at hand."""
