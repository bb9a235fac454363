"""Drift: how far the rows of a week are from those of the weeks before it, measured on counts that merge exactly.

A day's values become a sketch (`sketch`): whole numbers of rows in bins that are the same for all data. Any window of
days, and any group of machines, is the sum of its sketches. Three distances compare two windows: `ks_distance`, `psi`
and `kl_divergence`. `comparison` puts them beside the limits in force, and `verdict` says what follows.
"""
