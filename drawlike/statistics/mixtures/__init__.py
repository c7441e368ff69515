"""Mixtures of normals and tables: EM, starts, sizes, conditions."""
