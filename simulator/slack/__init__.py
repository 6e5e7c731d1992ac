"""A stand-in for Slack: events, commands and clicks out, the Web API in.

Out over signed HTTP requests or Socket Mode.
"""

from simulator.slack.clock import SimulatedClock
from simulator.slack.deliveries import Attempt
from simulator.slack.mishaps import Mishap
from simulator.slack.standin import SlackStandIn

__all__ = ["Attempt", "Mishap", "SimulatedClock", "SlackStandIn"]
