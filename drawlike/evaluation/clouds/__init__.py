"""Arithmetic of clouds of points: distances between rows and between clouds.

Nothing here knows a metric, or what the points stand for.
"""
