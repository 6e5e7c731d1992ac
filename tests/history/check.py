"""Compare a recording with the database."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.history.ledger import Ledger
from tests.history.recording import Key, Posting, Question, Recording

SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What is not as promised; everything is empty when all is well.

    `lost`: questions without any reply, that the database does not say were settled without one.
    `repeated`: postings that everybody sees and the outbox does not know: a second copy, or an
    answer that was never settled. `most_copies`: how often the most repeated posting was posted.
    `out_of_order`: postings before which a later one of their conversation was posted. `mismatches`
    and `leftovers` are of the database alone. `came_late` is no fault of the bot: questions that
    reached it after a later one of their conversation.
    """

    lost: Sequence[Key]
    repeated: Sequence[Key]
    most_copies: int
    out_of_order: Sequence[Key]
    mismatches: Sequence[str]
    leftovers: Mapping[str, int]
    came_late: Sequence[Key]

    @property
    def problems(self) -> Sequence[str]:
        """A sentence for everything that is wrong."""
        return [
            *_sentence("lost", self.lost),
            *_sentence("repeated", self.repeated),
            *_sentence("out of order", self.out_of_order),
            *self.mismatches,
            *(f"{count} {name}" for name, count in self.leftovers.items()),
        ]


def check(recording: Recording, ledger: Ledger) -> Report:
    """Compare them. The recording may be of some of the platforms only."""
    copies = Counter(_said(posting) for posting in recording.postings)
    asked = _asked_for(recording)
    return Report(
        lost=[question.key for question in _lost(recording, ledger)],
        repeated=_repeated(recording, ledger),
        most_copies=max((-(-n // asked.get(said, 1)) for said, n in copies.items()), default=0),
        out_of_order=_out_of_order(recording, ledger),
        mismatches=_mismatches(ledger),
        leftovers=ledger.leftovers,
        came_late=_came_late(recording, ledger),
    )


def _lost(recording: Recording, ledger: Ledger) -> Iterator[Question]:
    done = [message for message in ledger.messages if message.settled]
    settled = {message.key for message in done} | {message.event for message in done}
    for question in recording.questions:
        if not question.answers and question.key not in settled:
            yield question


def _repeated(recording: Recording, ledger: Ledger) -> Sequence[Key]:
    known = {key for delivered in ledger.delivered for key in delivered.messages}
    unnamed = Counter(delivered.answers for delivered in ledger.delivered if not delivered.messages)
    questions = {
        (question.platform, question.channel, answer): question.key
        for question in recording.questions
        for answer in question.answers
    }
    repeated = []
    for posting in recording.postings:
        if posting.visible_to is not None or posting.key in known:
            continue
        question = questions.get(posting.key)
        if question is not None and unnamed[question]:
            unnamed[question] -= 1
        else:
            repeated.append(posting.key)
    return repeated


def _out_of_order(recording: Recording, ledger: Ledger) -> Sequence[Key]:
    """Postings that appeared although a later one of their conversation was there already."""
    places = {posting.key: place for place, posting in enumerate(recording.postings)}
    conversations: defaultdict[str, list[Key]] = defaultdict(list)
    for delivered in ledger.delivered:
        conversations[delivered.conversation] += delivered.messages
    return [key for keys in conversations.values() for key in _late(keys, places)]


def _came_late(recording: Recording, ledger: Ledger) -> Sequence[Key]:
    places = {question.key: place for place, question in enumerate(recording.questions)}
    conversations: defaultdict[str, list[Key]] = defaultdict(list)
    for message in ledger.messages:
        conversations[message.conversation].append(message.key)
    return [key for keys in conversations.values() for key in _late(keys, places)]


def _late(keys: Sequence[Key], places: Mapping[Key, int]) -> Iterator[Key]:
    """Those that stand before one that should come earlier: `keys` is the right order."""
    latest = -1
    for key in keys:
        place = places.get(key, latest)
        if place < latest:
            yield key
        latest = max(latest, place)


def _mismatches(ledger: Ledger) -> Sequence[str]:
    numbers = ledger.numbers
    found = []
    if numbers.counted != numbers.used:
        found.append(f"{numbers.counted} uses in the ledger, {numbers.used} in the quotas")
    if numbers.counted_again:
        found.append(f"{numbers.counted_again} uses counted again")
    if numbers.uncounted:
        found.append(f"{numbers.uncounted} answers not counted")
    if numbers.turns_again:
        found.append(f"{numbers.turns_again} turns written again")
    return found


def _said(posting: Posting) -> tuple[str, str, str | None, str, str | None]:
    return (
        posting.platform,
        posting.channel,
        posting.reply_to,
        posting.text,
        posting.visible_to,
    )


def _asked_for(recording: Recording) -> Mapping[object, int]:
    """How many questions each text answers: in one thread the same may be asked twice."""
    said = {posting.key: _said(posting) for posting in recording.postings}
    asked: Counter[object] = Counter()
    for question in recording.questions:
        keys = [(question.platform, question.channel, answer) for answer in question.answers]
        asked.update({said[key] for key in keys if key in said})
    return asked


def _sentence(name: str, keys: Sequence[Key]) -> Iterator[str]:
    if keys:
        shown = ", ".join(" ".join(key) for key in keys[:SHOWN])
        yield f"{len(keys)} {name}: {shown}{', ...' if len(keys) > SHOWN else ''}"
