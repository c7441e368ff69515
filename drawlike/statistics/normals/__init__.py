"""Normals of every component: densities, sums over rows, updates."""
