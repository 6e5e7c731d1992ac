"""How often the right answer is found, and whether the bot knows when it is not."""
