"""Code tables that a site loads: dated versions, searched in place, shared by all processes."""
