"""An answer as a reply, with its buttons."""

from uuid import UUID

from core.answers.compose import offer_with_buttons
from core.clicks import answer_buttons, more_button, offer_buttons, person_button
from core.entries import Answer, Band
from core.messages import Button, Reply

SHOWN_WHOLE = 30  # characters of a label that every platform shows on every screen


def to_reply(answer: Answer, message_id: UUID, *, private: bool = False) -> Reply:
    """An answer, an offer or neither; `message_id` is our id of the question.

    The questions of an offer stand above their buttons too, where a button may not show them whole.
    """
    match answer.band:
        case Band.ANSWER:
            buttons = answer_buttons(message_id, answer.passages[0].entry_id)
            buttons = (*buttons, *_more(answer))
            return Reply(text=answer.text, buttons=buttons, private=private)
        case Band.OFFER:
            return _offer(answer, message_id, private=private)
        case Band.UNKNOWN:
            buttons = (*_person(answer), *_more(answer))
            return Reply(text=answer.text, buttons=buttons, private=private)


def _offer(answer: Answer, message_id: UUID, *, private: bool) -> Reply:
    questions = {one.entry_id: one.title or one.question for one in answer.passages}
    whole = all(len(question) <= SHOWN_WHOLE for question in questions.values())
    return Reply(
        text=offer_with_buttons(answer, list_them=not whole),
        without_buttons=answer.text,
        buttons=(*offer_buttons(message_id, questions), *_more(answer)),
        private=private,
    )


def _person(answer: Answer) -> tuple[Button, ...]:
    return (person_button(answer.gap),) if answer.gap else ()


def _more(answer: Answer) -> tuple[Button, ...]:
    return () if answer.lacks is None else (more_button(answer.lacks),)
