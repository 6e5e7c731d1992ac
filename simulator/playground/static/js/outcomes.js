/** What the bot's log calls an outcome by one word, for people. "in 12 ms" follows. */

const WORDS = {
  answered: "answered",
  unknown: "not known, answered honestly",
  helped: "told what the bot can do",
  usage: "told how much was used",
  rated: "vote noted",
  stale: "told that the button is too old",
  refused: "told that this account may not ask",
  suspended: "told that this account is suspended",
  slowed: "too many at once, not answered",
  asked_for_more: "the wish for more passed on",
  misused: "told how to say it right",
  failed: "told that something went wrong",
  late: "told that it took too long",
  dead: "given up and said so",
};

export const outcomeWords = (outcome) => WORDS[outcome] ?? outcome;
