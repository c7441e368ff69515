"""Partition functions of Boltzmann machines."""
