"""HTTP: what is served beside the platforms' own routes."""
