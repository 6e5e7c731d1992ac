"""How the bot introduces itself, within the limits of every platform."""

NAME = "Trialogue"

SENTENCE = "Answers your team's questions from what it has written down, with the source."
"""At most 120 characters: Telegram's About text is the shortest."""

PARAGRAPH = (
    "Ask in a channel by mentioning me, or write to me directly. I answer from what your team has"
    " written down and name the source; where I find nothing, I say so and keep the question. The"
    " buttons below an answer tell whether it helped."
)
"""Between 175 characters, which Slack wants, and 300 for Slack's agents; Telegram takes 512."""
