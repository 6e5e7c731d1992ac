/** Where one writes: completion, mention, file, reply, and what went wrong. */
import { useEffect, useId, useLayoutEffect, useRef, useState } from "../vendor/hooks.js";
import { say, useCommand } from "./api.js";
import { Options, commandIn, completions, optionId } from "./completion.js";
import { channelTitle, isHeard, mentions } from "./conversation.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";

const drafts = new Map(); // what was being written in each channel, while the page is open

/** `field` is a ref to the text field; `reply` the message replied to; `sent` hears what was sent. */
export function Composer({ pane, channel, person, reply, cancelReply, nameOf, suggestions, field, sent }) {
  const id = useId();
  const place = `${pane.platform} ${channel.id} ${person}`;
  const [draft, setDraft] = useState(() => drafts.get(place) ?? EMPTY);
  const [mention, setMention] = useState(true);
  const [problem, setProblem] = useState("");
  const [caret, setCaret] = useState(0);
  const [choice, setChoice] = useState({ active: 0, closed: false });
  const [last, setLast] = useState("");
  const picker = useRef(null);
  const { text, file } = draft;

  const change = (next) => {
    const changed = { ...draft, ...next };
    drafts.set(place, changed);
    setDraft(changed);
    setProblem("");
  };
  const write = (value, at = value.length) => {
    change({ text: value });
    setCaret(at);
    setChoice({ active: 0, closed: false });
  };

  const isCommand = text.startsWith("/");
  const mentionable = channel.kind !== "direct";
  const whole = (words) =>
    mentionable && mention && !words.startsWith("/") && !mentions(words, pane) ? `${pane.mention} ${words}`.trim() : words;
  const deaf = mentionable && (text.trim() || !mention) && !isHeard(whole(text), channel, pane, reply);

  const send = async (words, attached) => {
    if (!words.trim() && !attached) return;
    change(EMPTY);
    setLast(words);
    const base = { platform: pane.platform, channel: channel.id, person };
    try {
      const answer = words.startsWith("/") && !attached
        ? await useCommand({ ...base, text: words.trim() })
        : await say({ ...base, text: whole(words.trim()), ...replying(pane, reply) }, attached);
      cancelReply();
      sent(answer.trace);
    } catch (error) {
      const kept = drafts.get(place);
      if (kept === undefined || (!kept.text && !kept.file)) change({ text: words, file: attached });
      setProblem(error.message);
    }
  };

  const options = choice.closed ? [] : completions(text, caret, pane);
  const active = Math.min(choice.active, options.length - 1);
  const pick = (option) => {
    write(text.slice(0, option.from) + option.text + text.slice(option.to), option.from + option.text.length);
    field.current.focus();
  };
  useCaret(field, text, caret);
  useEffect(() => field.current && grow(field.current), [text]);

  const move = (by) => {
    setChoice({ active: (active + by + options.length) % options.length, closed: false });
    return true;
  };
  const choose = () => {
    pick(options[active]);
    return true;
  };
  const close = () => {
    setChoice({ active: 0, closed: true });
    return true;
  };
  const submit = () => {
    send(text, file);
    return true;
  };
  const completing = options.length > 0;
  const keys = {
    ArrowDown: () => completing && move(1),
    ArrowUp: () => (completing ? move(-1) : !text && last && write(last)),
    Tab: ({ shiftKey }) => completing && !shiftKey && choose(),
    Enter: ({ shiftKey, isComposing }) => !shiftKey && !isComposing && (completing ? choose() : submit()),
    Escape: () => (completing ? close() : reply && cancelReply()),
  };
  const pressed = (event) => {
    if (keys[event.key]?.(event)) event.preventDefault();
  };

  const hinted = commandIn(text, pane);
  return html`
    <form class="composer" onSubmit=${(event) => { event.preventDefault(); send(text, file); }}>
      <${Suggestions} questions=${text || file || reply ? [] : suggestions} ask=${(question) => send(question, null)} />
      ${options.length > 0 && html`<${Options} id=${id} options=${options} active=${active} pick=${pick} />`}
      <div class="box">
        ${reply && html`<${Replying} reply=${reply} pane=${pane} nameOf=${nameOf} cancel=${cancelReply} />`}
        ${file && html`<${Attached} file=${file} drop=${() => change({ file: null })} />`}
        <div class="write">
          <textarea ref=${field} id=${`${id}-text`} rows="1" value=${text} placeholder=${placeholder(channel, pane, reply)}
            aria-label=${`Message ${channelTitle(channel, pane)} in ${pane.title || pane.platform}`}
            aria-describedby=${`${id}-hint`} aria-autocomplete="list" enterkeyhint="send" autocomplete="off" spellcheck="true"
            ...${expanded(id, options, active)}
            onInput=${(event) => write(event.target.value, event.target.selectionStart)}
            onSelect=${(event) => setCaret(event.target.selectionStart)}
            onBlur=${close} onKeyDown=${pressed} />
          <div class="tools">
            <button type="button" class="tool" aria-label="Attach a file" title="Attach a file" onClick=${() => picker.current.click()}><${Icon} name="attach" /></button>
            <input ref=${picker} type="file" hidden tabindex="-1" aria-label="File" onChange=${(event) => { change({ file: event.target.files[0] ?? null }); event.target.value = ""; field.current.focus(); }} />
            ${mentionable && html`
              <button type="button" class="mention-toggle" aria-pressed=${mention} disabled=${isCommand}
                title=${mention ? "Your message mentions the bot" : "Your message does not mention the bot"}
                onClick=${() => { setMention(!mention); field.current.focus(); }}>${pane.mention}</button>`}
            <button type="submit" class="send" aria-label="Send" title="Send" disabled=${!text.trim() && !file}><${Icon} name="send" /></button>
          </div>
        </div>
      </div>
      <p class="hint" id=${`${id}-hint`}>${hint(hinted, deaf, pane, mention)}</p>
      <p class="problem" role="alert">${problem}</p>
    </form>`;
}

const EMPTY = Object.freeze({ text: "", file: null });

function replying(pane, reply) {
  if (!reply) return {};
  return pane.platform === "slack" ? { thread: reply.thread ?? reply.id } : { reply_to: reply.id };
}

/** While completions are open the field is a combobox that controls them. */
function expanded(id, options, active) {
  if (!options.length) return {};
  return {
    role: "combobox",
    "aria-expanded": "true",
    "aria-controls": `${id}-options`,
    "aria-activedescendant": optionId(id, active),
  };
}

function placeholder(channel, pane, reply) {
  if (reply) return pane.platform === "slack" ? "Reply in thread…" : "Reply…";
  return channel.kind === "direct" ? `Ask ${pane.bot}…` : `Ask in ${channelTitle(channel, pane)}…`;
}

function hint(command, deaf, pane, mention) {
  if (command) return html`<b>/${command.name}</b> <i>${command.argument}</i>: ${command.description.toLowerCase()}`;
  if (deaf) return `Without ${pane.mention} the bot does not hear this: in channels it only gets messages that mention it.`;
  return html`<span class="visually-hidden">Enter sends, Shift and Enter begin a new line. Type a slash for commands.${mention ? "" : " No mention."}</span>`;
}

/** Put the caret where a completion wants it. */
function useCaret(field, text, caret) {
  useLayoutEffect(() => {
    const element = field.current;
    if (element && document.activeElement === element && element.selectionStart !== caret) element.setSelectionRange(caret, caret);
  }, [text]);
}

function grow(element) {
  element.style.height = "auto";
  element.style.height = `${element.scrollHeight}px`;
}

function Suggestions({ questions, ask }) {
  if (!questions.length) return null;
  return html`
    <ul class="suggestions" aria-label="Questions to try">
      ${questions.map(({ text, again }) => html`
        <li key=${text}>
          <button type="button" class="suggestion" onClick=${() => ask(text)} title=${text}>
            ${again && html`<${Icon} name="again" /><span class="visually-hidden">Ask again: </span>`}<span>${text}</span>
          </button>
        </li>`)}
    </ul>`;
}

const Replying = ({ reply, pane, nameOf, cancel }) => html`
  <p class="replying">
    <${Icon} name="reply" />
    <span>${pane.platform === "slack" ? "In the thread of" : "Replying to"} <b>${nameOf(reply.author)}</b> <span class="excerpt">${reply.text.slice(0, 80)}</span></span>
    <button type="button" class="drop" aria-label="Do not reply" onClick=${cancel}><${Icon} name="close" /></button>
  </p>`;

const Attached = ({ file, drop }) => html`
  <p class="replying">
    <${Icon} name="file" /> <span>${file.name}</span>
    <button type="button" class="drop" aria-label=${`Do not send ${file.name}`} onClick=${drop}><${Icon} name="close" /></button>
  </p>`;
