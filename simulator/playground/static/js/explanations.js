/** What a step on the wire means, in a sentence for somebody who sees it for the first time. */
import { platformNames } from "./conversation.js";
import { milliseconds } from "./time.js";

const CALLS = [
  [/getMe\b|getMyCommands|deleteWebhook|auth\.test|connections\.open/i, "Has just started, and makes itself known."],
  [/users\/@me|applications\//i, "Has just started, and makes itself known."],
  [/conversations\.(replies|history)/i, "Looks whether its reply had arrived, before it posts again."],
  [/^GET .*messages/i, "Reads back what it may have missed."],
  [/typing|setStatus|sendChatAction/i, "Shows people that it is at work."],
  [/answerCallbackQuery/i, "Tells the person that the click has arrived."],
  [/@original/i, "Puts its reply where it had shown that it is at work."],
  [/callback/i, "Acknowledges in time, and may answer later."],
  [/getUpdates/i, "Asks for what is new; that acknowledges what came before."],
  [/edit|update|patch/i, "Changes what it had written."],
  [/postMessage|postEphemeral|sendMessage|webhooks|response_url|messages/i, "Posts its reply."],
  [/reactions/i, "Looks at the reactions."],
];

const COMMITTED = "Committed to PostgreSQL first";
const FAILED = /^[45]\d\d|no connection|cut|lost|timed? ?out|not /i;

export const explanation = (step, trace) => (step.direction === "to_bot" ? delivered(step, trace) : called(step));

function delivered(step, trace) {
  const name = platformNames[trace.platform];
  if (/bot wrote/i.test(step.note)) return `${name} tells everybody, the bot too: it does not answer itself.`;
  if (/duplicate [2-9]/i.test(step.note)) return "Known by its id already: acknowledged, and not answered again.";
  if (FAILED.test(step.status)) return `Not acknowledged: ${name} delivers it again.`;
  if (step.duration_ms !== null) return `${COMMITTED}, only then acknowledged, after ${milliseconds(step.duration_ms)}.`;
  if (/INTERACTION/i.test(step.name)) return `${COMMITTED}; the bot's own call acknowledges it.`;
  if (trace.platform === "telegram") return `${COMMITTED}; asking for the next update acknowledges it.`;
  return `${name} wants no acknowledgement: after a lost connection the bot reads back what it missed.`;
}

function called(step) {
  if (/429|ratelimited/i.test(step.status)) return "Too many requests: it waits as long as it is told, then posts the same.";
  if (/cut/i.test(step.status)) return "Nobody told the bot whether it was shown: it looks before it posts again.";
  return CALLS.find(([name]) => name.test(step.name))?.[1] ?? "";
}
