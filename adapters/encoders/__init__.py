"""Models that turn a text's meaning into numbers, behind the port `Encoder`."""
