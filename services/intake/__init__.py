"""Intake: from what a hospital's systems export to `encounter` events.

    FHIR R4 folder or Bundle, CSV  ->  Visit  ->  Draft  ->  one transaction a batch

Each reader yields a `Visit` or a `Refusal` for every encounter; `build` turns a visit into an
event without its sealed parts; `store` seals and writes. See README.md.
"""
