"""The playground's page in a real browser, with the whole demo behind it."""
