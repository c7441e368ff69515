"""Metrics that compare real and synthetic rows as they are.

Those that let a learner look at the rows are in `learning`, and those of an attacker in
`attacks`; the panel lists them all.
"""
