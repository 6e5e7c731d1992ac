"""Telegram as people see it in the playground."""

from simulator.playground.telegram.scene import TelegramScene

__all__ = ["TelegramScene"]
