"""Control the stand-ins over HTTP, whatever language a test or a bot is written in."""

from simulator.control.simulation import PLATFORMS, Simulation, simulate

__all__ = ["PLATFORMS", "Simulation", "simulate"]
