"""One module for each command of `assay`, named as it is typed: its options, and the call of its part."""
