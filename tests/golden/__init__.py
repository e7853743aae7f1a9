"""The worked examples of the metric specification, read in place."""
