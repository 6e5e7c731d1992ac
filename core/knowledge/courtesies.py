"""Take off what people say around a question: greetings, `could you tell me`, thanks."""

import re

from core.knowledge.words import FUNCTION_WORDS

FRAME = re.compile(
    r"""^(?:(?:hi|hello|hey|good\ (?:morning|afternoon|evening|day)|dear\ \w+|sorry|excuse\ me
        |hallo|guten\ (?:tag|morgen|abend)|hola|buen[oa]s?\ (?:d[ií]as?|tardes|noches)|bonjour
        |すみませんが?|こんにちは)\b
        (?:\ (?:there|all|everyone|everybody|team|guys|zusammen))?[\s,.!、。]*
      |(?:(?:could|can|would|will)\ (?:you|someone|somebody|anyone|anybody)\ (?:please\ )?
          (?:kindly\ )?(?:tell|explain|show|advise|help|let)(?:\ (?:to\ )?(?:me|us))?
          (?:\ (?:know|understand|with|out))?
        |(?:does|do)\ (?:anyone|anybody|someone|you)\ (?:happen\ to\ )?know
        |i(?:\ am|'m|\ was|\ have\ been)?\ (?:just\ |really\ )?
          (?:would\ like|'d\ like|want|need|trying|wondering|looking|wanted)
          (?:\ to\ (?:know|ask|find\ out|understand|figure\ out|learn))
        |i(?:\ am|'m|\ was)\ (?:just\ )?wondering|(?:quick|one|a|another|short)\ question
        |please\ (?:tell|explain|advise|help)(?:\ (?:to\ )?(?:me|us))?|pls|plz|please|bitte
        |por\ favor|(?:können|könnten|kannst|könntest)\ (?:sie|du|ihr)\ (?:mir|uns)
          \ (?:bitte\ )?(?:sagen|erklären)
        |(?:me\ )?(?:puede|puedes|podr[ií]as?)\ (?:decirme|explicarme|decir)
        |(?:pouvez|peux|pourriez)-(?:vous|tu)\ me\ dire)\b
        (?:\ (?:about|if|whether|please))?[\s,.:!]*)""",
    re.VERBOSE,
)
CLOSING = re.compile(
    r"""[\s,.!?;:-]*(?:(?:please|pls|plz|kindly)|(?:many\ )?(?:thanks|thank\ you|thx|cheers)
        (?:\ (?:so\ much|a\ lot|very\ much))?(?:\ (?:in\ advance|for\ (?:your|any|the)\ help))?
        |(?:bitte|danke|vielen\ dank)(?:\ (?:im\ voraus|schön))?|(?:por\ favor|(?:muchas\ )?gracias)
        |s'il\ (?:vous|te)\ pla[iî]t|(?:je\ vous\ remercie|merci)(?:\ d'avance)?
        |を?教えてください|お願いします)[\s.!]*$""",
    re.VERBOSE,
)
MOST_FRAMES = 4  # that are taken off one after the other


def without_courtesies(written: str) -> str:
    """Take off greetings, `could you tell me` and thanks, as long as something is left."""
    text = written
    for _ in range(MOST_FRAMES):
        shorter = CLOSING.sub("", FRAME.sub("", text))
        if shorter == text or not shorter:
            break
        text = shorter
    if FUNCTION_WORDS.issuperset(text.split()):
        return written
    return text
