/** The messages of a channel: days, threads, typing, and where one has scrolled to. */
import { useId, useLayoutEffect, useRef, useState } from "../vendor/hooks.js";
import { Avatar } from "./avatar.js";
import { follows, openThreads, sameDay, withThreads } from "./conversation.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";
import { Message } from "./message.js";
import { useOneStop, walk } from "./walking.js";
import { ago, dayName } from "./time.js";

const NEAR_PX = 48; // this close to the end counts as at the end
const SHOWN = 150; // messages; older ones have scrolled far away
const STAY_OPEN = 3; // threads that opened by themselves: one may be reading in them still

export function Messages({ messages, typing, scene, label }) {
  const shown = messages.slice(-SHOWN);
  const byId = new Map(messages.map((one) => [one.id, one]));
  const { box, list, scrolled, fresh, toEnd } = useEnd(shown, scene.person);
  const id = useId();
  useOneStop(list);
  return html`
    <div class="scroll">
      <div class="messages" ref=${box} role="log" aria-label=${label} aria-describedby=${id} tabindex="0"
        onScroll=${scrolled} onKeyDown=${walk}>
        <ol ref=${list}>
          <${Rows} shown=${shown} byId=${byId} typing=${typing} scene=${scene} />
        </ol>
        ${!shown.length && html`<p class="quiet">Nothing was said here yet.</p>`}
      </div>
      <p class="visually-hidden" id=${id}>
        The arrow keys go from message to message, Enter to what can be done with one.
      </p>
      ${fresh > 0 && html`
        <button type="button" class="fresh" onClick=${toEnd}>
          <${Icon} name="down" /> ${fresh} new ${fresh === 1 ? "message" : "messages"}
        </button>`}
    </div>`;
}

function Rows({ shown, byId, typing, scene }) {
  const [toggled, setToggled] = useState({});
  const rows = withThreads(shown);
  const opened = useOpened(openThreads(rows));
  const inThread = (id) => typing.filter((one) => one.thread === id);
  const outside = typing.filter((one) => !rows.some(({ message }) => message.id === one.thread));
  return html`
    ${rows.map(({ message, replies }, place) => {
      const before = rows[place - 1]?.message;
      const busy = inThread(message.id);
      const open = toggled[message.id] ?? (opened.has(message.id) || busy.length > 0);
      const toggle = () => setToggled({ ...toggled, [message.id]: !open });
      const together = follows(message, before) && !rows[place - 1].replies.length;
      return html`
        ${(!before || !sameDay(before.at, message.at)) && html`
          <li key=${`day ${message.id}`} class="day"><span>${dayName(message.at, scene.now)}</span></li>`}
        <${Message} key=${message.id} message=${message} scene=${scene} together=${together}
          quoted=${byId.get(message.reply_to)}>
          ${(replies.length > 0 || busy.length > 0) && html`
            <${Thread} root=${message} replies=${replies} typing=${busy} open=${open} toggle=${toggle} scene=${scene} />`}
        <//>`;
    })}
    ${outside.map((one) => html`<${Typing} key="typing" ...${one} />`)}`;
}

/** The threads that open by themselves, and those that did last. */
function useOpened(opened) {
  const stay = useRef([]);
  stay.current = [...stay.current.filter((id) => !opened.has(id)), ...opened].slice(-STAY_OPEN);
  return new Set(stay.current);
}

function Thread({ root, replies, typing, open, toggle, scene }) {
  const shared = replies.filter((one) => one.visible_to === null);
  const counted = shared.length ? shared : replies;
  const authors = [...new Set(counted.map((one) => one.author))].slice(0, 4);
  const last = counted.at(-1);
  return html`
    <div class="thread">
      ${last && html`
        <button type="button" class="thread-toggle" aria-expanded=${open} onClick=${toggle}>
          <span class="faces">
            ${authors.map((name) => html`<${Avatar} key=${name} name=${name} display=${scene.nameOf(name)} />`)}
          </span>
          <span class="thread-count">${shared.length ? repliesOf(shared.length) : "For you alone"}</span>
          <span class="thread-last">${open ? "Hide" : lastReply(last.at, scene.now)}</span>
        </button>`}
      ${open && html`
        <ol class="replies" aria-label="Thread">
          ${replies.map((reply, place) => html`
            <${Message} key=${reply.id} message=${reply} scene=${scene}
              together=${follows(reply, replies[place - 1])} />`)}
          ${typing.map((one) => html`<${Typing} key="typing" ...${one} />`)}
          ${last && html`
            <li key="reply">
              <button type="button" class="thread-reply" onClick=${() => scene.reply(root)}>Reply in thread</button>
            </li>`}
        </ol>`}
    </div>`;
}

const repliesOf = (count) => `${count} ${count === 1 ? "reply" : "replies"}`;

function lastReply(at, now) {
  const since = ago(at, now);
  return since === "now" ? "Last reply just now" : `Last reply ${since}${/[a-z]$/.test(since) ? " ago" : ""}`;
}

const Typing = ({ text }) => html`
  <li class="typing-row" aria-live="off">
    <p class="typing"><span class="dots" aria-hidden="true"><i></i><i></i><i></i></span> ${text}</p>
  </li>`;

/**
 * Stay at the end while one is there; else count what is new, and offer to go there.
 *
 * Only scrolling up leaves the end: what grows, as an image that is loaded late, does not.
 */
function useEnd(messages, person) {
  const box = useRef(null);
  const list = useRef(null);
  const atEnd = useRef(true);
  const top = useRef(0); // where one has scrolled to
  const newest = messages.reduce((latest, one) => (!latest || one.at >= latest.at ? one : latest), null);
  const own = messages.findLast((one) => one.author === person);
  const [left, setLeft] = useState(null); // when the newest message was written as one left the end

  const toEnd = () => {
    atEnd.current = true;
    setLeft(null);
    box.current.scrollTop = box.current.scrollHeight;
    top.current = box.current.scrollTop;
  };
  const scrolled = () => {
    const { scrollHeight, scrollTop, clientHeight } = box.current;
    const near = scrollHeight - scrollTop - clientHeight < NEAR_PX;
    const stays = near || (atEnd.current && scrollTop >= top.current);
    if (stays !== atEnd.current) setLeft(stays ? null : newest?.at ?? 0);
    atEnd.current = stays;
    top.current = scrollTop;
  };
  useLayoutEffect(toEnd, [own?.id]);
  useLayoutEffect(() => {
    if (!atEnd.current) return;
    toEnd();
    if (newest) reveal(box.current, newest.id);
  }, [newest?.id]);
  useLayoutEffect(() => {
    const place = box.current;
    const observer = new ResizeObserver(() => {
      if (atEnd.current) toEnd();
    });
    observer.observe(place);
    observer.observe(list.current);
    return () => observer.disconnect();
  }, []);
  const fresh = left === null ? 0 : messages.filter((one) => one.at > left).length;
  return { box, list, scrolled, fresh, toEnd };
}

/** Show a new reply that hangs far above the end. */
function reveal(box, id) {
  const row = box.querySelector(`[data-message="${CSS.escape(id)}"]`);
  if (row && row.getBoundingClientRect().bottom < box.getBoundingClientRect().top) row.scrollIntoView({ block: "nearest" });
}
