/** Who sees what: pure functions of a pane. */

const TOGETHER_S = 300; // messages of one author within this time share a heading

export const platformNames = { slack: "Slack", discord: "Discord", telegram: "Telegram" };

/** The channels that a person has, their direct conversation last, threads below their channel. */
export function channelsOf(pane, person) {
  const mine = pane.channels.filter((one) => one.kind !== "direct" || one.person === person);
  const threads = mine.filter((one) => one.kind === "thread");
  const others = mine.filter((one) => one.kind !== "thread");
  return [...others.filter((one) => one.kind !== "direct"), ...others.filter((one) => one.kind === "direct")]
    .flatMap((one) => [one, ...threads.filter((thread) => thread.parent === one.id)]);
}

/** How a channel is called in a sentence. */
export function channelTitle(channel, pane) {
  if (channel.kind === "direct") return pane.bot;
  return pane.platform === "telegram" ? channel.name : `#${channel.name}`;
}

export const isVisible = (message, person) => message.visible_to === null || message.visible_to === person;

/** What a person sees in a channel, oldest first. */
export const messagesOf = (pane, channel, person) =>
  pane.messages.filter((one) => one.channel === channel && isVisible(one, person));

/** Top-level messages with the replies in their threads. */
export function withThreads(messages) {
  const roots = new Map(messages.filter((one) => !one.thread).map((one) => [one.id, { message: one, replies: [] }]));
  const rows = [];
  for (const message of messages) {
    const root = message.thread && message.thread !== message.id ? roots.get(message.thread) : null;
    if (root) root.replies.push(message);
    else rows.push(roots.get(message.id) ?? { message, replies: [] });
  }
  return rows;
}

/** The threads that are open unless one closes them: the bot's latest answer, the latest reply. */
export const openThreads = (rows) =>
  new Set([latestThread(rows, (one) => one.author === ""), latestThread(rows, () => true)].filter(Boolean));

function latestThread(rows, counts) {
  let latest = { id: null, at: 0 };
  for (const { message, replies } of rows) {
    const at = Math.max(0, ...replies.filter(counts).map((one) => one.at));
    if (at && at >= latest.at) latest = { id: message.id, at };
  }
  return latest.id;
}

/** Whether a message goes on below the heading of the one before. */
export function follows(message, before) {
  return Boolean(before) && before.author === message.author && !message.reply_to
    && before.visible_to === message.visible_to && message.at - before.at < TOGETHER_S
    && sameDay(message.at, before.at);
}

export const sameDay = (a, b) => new Date(a * 1000).toDateString() === new Date(b * 1000).toDateString();

/** Whether the bot hears what is written: in channels only with its mention, or in reply to it. */
export function isHeard(text, channel, pane, repliedTo) {
  if (channel.kind === "direct" || text.startsWith("/") || mentions(text, pane)) return true;
  return pane.platform !== "slack" && repliedTo?.author === "";
}

/** By its mention, or by its name behind an at sign, which every platform takes for it. */
export const mentions = (text, pane) =>
  [pane.mention, `@${pane.bot}`].some((name) => text.toLowerCase().includes(name.toLowerCase()));

/** A question without the mention of the bot. */
export const withoutMention = (text, pane) => text.replaceAll(pane.mention, "").replace(/\s+/g, " ").trim();

/** How many messages in a channel a person has not seen. */
export const unreadIn = (pane, channel, person, seen) =>
  messagesOf(pane, channel, person).filter((one) => one.at > seen && one.author !== person).length;
