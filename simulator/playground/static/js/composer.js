/** Where one writes: completion, mention, file, reply, and what went wrong. */
import { useEffect, useId, useLayoutEffect, useRef, useState } from "../vendor/hooks.js";
import { say, useCommand } from "./api.js";
import { Offer, Options, commandIn, controlling, useCompletion } from "./completion.js";
import { channelTitle, isHeard, mentions } from "./conversation.js";
import { EMPTY, isEmpty, useDraft } from "./draft.js";
import { Drop } from "./drop.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";
import { Suggestions } from "./suggestions.js";

/** `field` is a ref to the text field; `reply` the message replied to; `sent` hears that something was. */
export function Composer({ pane, channel, person, reply, cancelReply, nameOf, suggestions, field, sent }) {
  const id = useId();
  const { draft, change, latest } = useDraft(`${pane.platform} ${channel.id} ${person}`);
  const [mention, setMention] = useState(true);
  const [problem, setProblem] = useState("");
  const [caret, setCaret] = useState(0);
  const [last, setLast] = useState("");
  const { text, file } = draft;
  const inChannel = channel.kind !== "direct";
  const addressed = (words) => (inChannel && mention ? withMention(words, pane) : words);

  const write = (words, at = words.length) => {
    change({ text: words });
    setCaret(at);
    setProblem("");
    completion.begin();
    field.current.focus();
  };
  const completion = useCompletion(text, caret, pane, write);
  const send = async (words, attached) => {
    if (!words.trim() && !attached) return;
    change(EMPTY);
    setProblem("");
    setLast(words);
    try {
      await post({ pane, channel, person, reply }, addressed(words.trim()), attached);
      cancelReply();
      sent();
    } catch (error) {
      if (isEmpty(latest())) change({ text: words, file: attached });
      setProblem(error.message);
    }
  };
  useCaret(field, text, caret);
  useHeight(field, text);

  const done = (act) => {
    act();
    return true;
  };
  const keys = {
    ArrowDown: completion.keys.next,
    ArrowUp: () => completion.keys.previous() || (!text && last && done(() => write(last))),
    Tab: ({ shiftKey }) => !shiftKey && completion.keys.choose(),
    Enter: ({ shiftKey, isComposing }) =>
      !shiftKey && !isComposing && (completion.keys.finish() || done(() => send(text, file))),
    Escape: () => completion.keys.leave() || (reply && done(cancelReply)),
  };
  const quiet = !text && !file && !reply;
  return html`
    <form class="composer" onSubmit=${(event) => { event.preventDefault(); send(text, file); }}>
      ${quiet && html`<${Suggestions} questions=${suggestions} ask=${(question) => send(question, null)} />`}
      ${completion.options.length > 0 && html`<${Options} id=${id} completion=${completion} />`}
      <div class="box">
        ${reply && html`<${Replying} reply=${reply} pane=${pane} nameOf=${nameOf} cancel=${cancelReply} />`}
        ${file && html`<${Attached} file=${file} drop=${() => change({ file: null })} />`}
        <textarea ref=${field} id=${`${id}-text`} rows="1" value=${text}
          placeholder=${placeholder(channel, pane, reply)} enterkeyhint="send" autocomplete="off" spellcheck="true"
          aria-label=${`Message ${channelTitle(channel, pane)}`} aria-describedby=${`${id}-hint`}
          aria-autocomplete="list" ...${controlling(id, completion)}
          onInput=${({ target }) => write(target.value, target.selectionStart)}
          onSelect=${({ target }) => setCaret(target.selectionStart)}
          onBlur=${completion.close}
          onKeyDown=${(event) => keys[event.key]?.(event) && event.preventDefault()} />
        <div class="tools">
          <${Attach} attach=${(chosen) => { change({ file: chosen }); field.current.focus(); }} />
          ${inChannel && html`
            <${MentionToggle} mention=${pane.mention} on=${mention} disabled=${text.startsWith("/")}
              toggle=${() => { setMention(!mention); field.current.focus(); }} />`}
          <button type="submit" class="send" aria-label="Send" title="Send" disabled=${!text.trim() && !file}>
            <${Icon} name="send" />
          </button>
        </div>
      </div>
      <p class="hint" id=${`${id}-hint`}>
        <${Hint} pane=${pane} command=${commandIn(text, pane)}
          deaf=${inChannel && (text.trim() || !mention) && !isHeard(addressed(text), channel, pane, reply)} />
      </p>
      <${Offer} options=${completion.options} />
      <p class="problem" role="alert">${problem}</p>
    </form>`;
}

/** Send as a command or a message, whichever it is. */
function post({ pane, channel, person, reply }, words, file) {
  const place = { platform: pane.platform, channel: channel.id, person };
  if (words.startsWith("/") && !file) return useCommand({ ...place, text: words });
  return say({ ...place, text: words, ...replying(pane, reply) }, file);
}

function replying(pane, reply) {
  if (!reply) return {};
  return pane.platform === "slack" ? { thread: reply.thread ?? reply.id } : { reply_to: reply.id };
}

function withMention(words, pane) {
  if (words.startsWith("/") || mentions(words, pane)) return words;
  return `${pane.mention} ${words}`.trim();
}

function placeholder(channel, pane, reply) {
  if (reply) return pane.platform === "slack" ? "Reply in thread…" : "Reply…";
  return channel.kind === "direct" ? `Ask ${pane.bot}…` : `Ask in ${channelTitle(channel, pane)}…`;
}

/** Put the caret where a completion wants it. */
function useCaret(field, text, caret) {
  useLayoutEffect(() => {
    const element = field.current;
    const away = element.selectionStart !== caret;
    if (away && document.activeElement === element) element.setSelectionRange(caret, caret);
  }, [text]);
}

/** Let the field grow with its text. */
function useHeight(field, text) {
  useEffect(() => {
    field.current.style.height = "auto";
    field.current.style.height = `${field.current.scrollHeight}px`;
  }, [text]);
}

function Attach({ attach }) {
  const input = useRef(null);
  const chosen = ({ target }) => {
    if (target.files.length) attach(target.files[0]);
    target.value = "";
  };
  return html`
    <button type="button" class="tool" aria-label="Attach a file" title="Attach a file"
      onClick=${() => input.current.click()}>
      <${Icon} name="attach" />
    </button>
    <input ref=${input} type="file" hidden tabindex="-1" aria-label="File" onChange=${chosen} />`;
}

const MentionToggle = ({ mention, on, disabled, toggle }) => html`
  <button type="button" class="mention-toggle" aria-pressed=${on} disabled=${disabled} onClick=${toggle}
    title=${on ? "Your message mentions the bot" : "Your message does not mention the bot"}>${mention}</button>`;

function Hint({ pane, command, deaf }) {
  if (command) return html`<b>/${command.name}</b> <i>${command.argument}</i>: ${command.description.toLowerCase()}`;
  if (deaf) return `Without ${pane.mention} the bot does not hear this: in channels it only gets what mentions it.`;
  return html`
    <span class="visually-hidden">Enter sends, Shift and Enter begin a new line, a slash completes commands.</span>`;
}

const Replying = ({ reply, pane, nameOf, cancel }) => html`
  <p class="replying">
    <${Icon} name="reply" />
    <span>
      ${pane.platform === "slack" ? "In the thread of" : "Replying to"} <b>${nameOf(reply.author)}</b>${" "}
      <span class="excerpt">${reply.text.slice(0, 80)}</span>
    </span>
    <${Drop} label="Do not reply" act=${cancel} />
  </p>`;

const Attached = ({ file, drop }) => html`
  <p class="replying">
    <${Icon} name="file" /> <span>${file.name}</span>
    <${Drop} label=${`Do not send ${file.name}`} act=${drop} />
  </p>`;
