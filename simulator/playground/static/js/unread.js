/** What each person has not seen yet. */
import { useEffect, useRef, useState } from "../vendor/hooks.js";
import { channelsOf, unreadIn } from "./conversation.js";

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

const key = (person, pane, channel) => `${person} ${pane.platform} ${channel}`;

const inPane = (pane, person, open, seen, begun) =>
  Object.fromEntries(
    channelsOf(pane, person).map(({ id }) => [
      id,
      open[pane.platform] === id ? 0 : unreadIn(pane, id, person, seen[key(person, pane, id)] ?? begun),
    ]),
  );
