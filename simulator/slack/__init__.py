"""A stand-in for Slack: signed events out, the Web API in."""

from simulator.slack.deliveries import Attempt
from simulator.slack.standin import SlackStandIn

__all__ = ["Attempt", "SlackStandIn"]
