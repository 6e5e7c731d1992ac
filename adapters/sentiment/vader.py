"""How an English text sounds, by a lexicon; what it has no words of is neutral."""

from functools import cached_property

from vaderSentiment.vaderSentiment import (  # type: ignore[import-untyped]
    SentimentIntensityAnalyzer,
)

from core.ports.comments import Mood, Sentiment

CLEAR = 0.05
"""From here on a text is positive or negative: https://github.com/cjhutto/vaderSentiment#about-the-scoring."""


class VaderSentiment:
    """`ReadsSentiment` by VADER. Its lexicon is read for the first text."""

    def __call__(self, text: str) -> Sentiment:
        score = float(self._analyzer.polarity_scores(text)["compound"])
        return Sentiment(score=score, mood=_mood(score))

    @cached_property
    def _analyzer(self) -> SentimentIntensityAnalyzer:
        return SentimentIntensityAnalyzer()


def _mood(score: float) -> Mood:
    if score >= CLEAR:
        return Mood.POSITIVE
    return Mood.NEGATIVE if score <= -CLEAR else Mood.NEUTRAL
