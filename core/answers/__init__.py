"""Answering a question."""
