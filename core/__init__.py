"""The platform-neutral bot: values, ports, the way of a message, and what the bot can do."""
