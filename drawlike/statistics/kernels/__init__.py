"""Kernel densities: sums over kernels, bandwidths, conditions."""
