"""Tell small talk, such as `thanks a lot` and `good morning`, from questions."""

import re
from enum import StrEnum

from core.text import normalise

LONGEST = 80  # characters

GREETING = r"""
    hi|hello|hey|hiya|howdy|greetings|good\ (?:morning|afternoon|evening|day)|how\ are\ you
    |nice\ to\ meet\ you
    |hallo|moin|servus|guten\ (?:tag|morgen|abend)|hola|buen[oa]s?\ (?:d[ií]as?|tardes|noches)
    |bonjour|bonsoir|salut|こんにちは|你好
"""
THANKS = r"""
    (?:many\ )?thanks|thank\ you|thankyou|thx|ty|cheers|much\ appreciated|appreciate\ it
    |(?:vielen\ )?dank(?:e(?:\ (?:schön|dir))?)?|merci(?:\ beaucoup)?|(?:muchas\ )?gracias|grazie
    |ありがとう(?:ございます)?|谢谢
"""
PRAISE = r"""
    ok|okay|great|perfect|brilliant|lovely|awesome|excellent|wonderful|super
    |nice\ one|well\ done|good\ bot
    |(?:that|this)(?:'s|\ is|\ was)?\ (?:it|great|perfect|very\ helpful|helpful|useful)
    |(?:that|this)\ (?:helps|helped|works|worked)|it\ (?:works|worked)|got\ it
"""
FAREWELL = r"""
    bye|goodbye|bye\ bye|see\ you|good\ night
    |have\ a\ (?:nice|good|great)\ (?:day|evening|weekend|one)
    |tschüss|auf\ wiedersehen|adiós|au\ revoir|ciao
"""
BESIDE = r"""
    there|all|everyone|everybody|team|guys|folks|bot|mate|zusammen|so\ much|very\ much|a\ lot
    |again|today|doing|now|in\ advance|for\ (?:your|the|all\ the)\ (?:quick\ )?(?:help|answer|reply)
"""
PUNCTUATION = re.compile(r"[^\w\s']+")


def _made_of(*phrases: str) -> re.Pattern[str]:
    return re.compile(rf"(?:(?:{'|'.join(phrases)})(?:\s+|$))+", re.VERBOSE)


SMALL_TALK = _made_of(GREETING, THANKS, PRAISE, FAREWELL, BESIDE)
A_THANK_YOU = re.compile(rf"\b(?:{THANKS}|{PRAISE})(?!\w)", re.VERBOSE)
A_FAREWELL = re.compile(rf"\b(?:{FAREWELL})(?!\w)", re.VERBOSE)
A_GREETING = re.compile(rf"\b(?:{GREETING})(?!\w)", re.VERBOSE)


class Courtesy(StrEnum):
    """What somebody says who asks nothing."""

    GREETING = "greeting"
    THANKS = "thanks"
    FAREWELL = "farewell"


def courtesy_in(message: str) -> Courtesy | None:
    """Which courtesy a message is; None when anything else is in it."""
    if len(message) > LONGEST:
        return None
    text = " ".join(PUNCTUATION.sub(" ", normalise(message)).split())
    if not SMALL_TALK.fullmatch(text):
        return None
    if A_THANK_YOU.search(text):
        return Courtesy.THANKS
    if A_FAREWELL.search(text):
        return Courtesy.FAREWELL
    return Courtesy.GREETING if A_GREETING.search(text) else None
