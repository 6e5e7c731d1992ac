"""Slack in the playground."""

from simulator.playground.slack.scene import SlackScene

__all__ = ["SlackScene"]
