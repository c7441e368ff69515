"""Closed-form and EM models: sums over rows that add up, and the one loop over them.

A model here *is* its parameters: ``statistics(batch)`` gives sums, ``update(sums)`` gives
the next model. Sums of parts of the data add up to the sums of the whole, so memory, a
file, threads and a cluster look the same to :func:`~drawlike.statistics.loop.iterate`.
"""
