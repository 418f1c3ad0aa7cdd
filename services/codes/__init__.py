"""Code sets and parties: one module a code set, the same verbs in each.

``compact(code)``, ``is_valid(code, on)``, ``validate(code, on)``, ``describe(code)``, where they
make sense. Pure: no clock, no input but the packaged tables in ``data/``.
"""
