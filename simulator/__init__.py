"""Stand-ins for Slack, Discord and Telegram that speak their wire protocols."""
