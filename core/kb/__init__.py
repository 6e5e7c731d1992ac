"""Editing what is known, from chat."""
