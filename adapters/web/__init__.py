"""Pages of the web, fetched with care."""
