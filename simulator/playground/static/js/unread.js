/** What each person has not seen yet. */
import { useEffect, useRef, useState } from "../vendor/hooks.js";
import { channelsOf, platformNames, unreadIn } from "./conversation.js";
import { html } from "./html.js";

/** Unread messages by platform and channel. `open` names the channel that is seen in each pane now. */
export function useUnread(panes, person, open) {
  const begun = useRef(null); // what was said before the page was opened counts as read
  begun.current ??= Math.max(0, ...panes.flatMap((pane) => pane.messages.map((one) => one.at)));
  const [seen, setSeen] = useState({});
  const newest = panes.map((pane) => pane.messages.reduce((at, one) => Math.max(at, one.at), 0));
  useEffect(() => {
    const marks = {};
    panes.forEach((pane, place) => {
      if (open[pane.platform]) marks[key(person, pane, open[pane.platform])] = newest[place];
    });
    setSeen((before) => ({ ...before, ...marks }));
  }, [person, JSON.stringify(open), JSON.stringify(newest)]);
  return Object.fromEntries(panes.map((pane) => [pane.platform, inPane(pane, person, open, seen, begun.current)]));
}

/** Say when the bot wrote to a person alone, somewhere that is not seen; `show` goes there. */
export function useDirectNews(panes, person, unread, announce, show) {
  const before = useRef({});
  const counts = Object.fromEntries(
    panes.map((pane) => {
      const direct = pane.channels.find((one) => one.person === person)?.id;
      return [`${person} ${pane.platform}`, { pane, direct, count: unread[pane.platform][direct] ?? 0 }];
    }),
  );
  useEffect(() => {
    for (const [place, { pane, direct, count }] of Object.entries(counts)) {
      if (count > (before.current[place] ?? count)) {
        announce(`${pane.bot} answered you alone, in your direct messages on ${platformNames[pane.platform]}.`, "", {
          label: "Show",
          act: () => show(pane.platform, direct),
        });
      }
      before.current[place] = count;
    }
  }, [JSON.stringify(Object.entries(counts).map(([place, { count }]) => [place, count]))]);
}

const key = (person, pane, channel) => `${person} ${pane.platform} ${channel}`;

const inPane = (pane, person, open, seen, begun) =>
  Object.fromEntries(
    channelsOf(pane, person).map(({ id }) => [
      id,
      open[pane.platform] === id ? 0 : unreadIn(pane, id, person, seen[key(person, pane, id)] ?? begun),
    ]),
  );

export const Unread = ({ count }) =>
  count > 0 && html`<span class="unread">${count}<span class="visually-hidden"> unread</span></span>`;
