"""Measures the product beside the bare libraries, in one run: `make bench`."""
