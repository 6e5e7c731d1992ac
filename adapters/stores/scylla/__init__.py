"""Stores on ScyllaDB, or any other engine that speaks CQL."""
