"""The composition root: settings, wiring, running, the command line."""
