"""What the platforms have to know of the bot before it can connect, made from its own code."""
