"""The parties of the demo: test NPIs and made-up names."""
