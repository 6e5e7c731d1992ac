/** One message, with what hangs on it: quote, files, buttons, reactions. */
import { useLayoutEffect, useRef, useState } from "../vendor/hooks.js";
import { fileUrl } from "./api.js";
import { Avatar, colourOf } from "./avatar.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";
import { RichText } from "./rich_text.js";
import { Time } from "./time.js";
import { isVote, useVote } from "./votes.js";

const EMOJI = ["👍", "❤️", "🎉", "👀", "🙏"];
const PREVIEWED = ["image/png", "image/jpeg", "image/gif", "image/webp"];
const ALONE = {
  slack: "Only visible to you",
  discord: "Only you can see this",
  telegram: "Shown only to you",
};
const QUOTE_LENGTH = 120;

/**
 * `scene` is what all messages of a pane share: pane, person, nameOf, now, and what can be done.
 * `quoted` is the message replied to, where the platform quotes it.
 */
export function Message({ message, scene, quoted, together, children }) {
  const { pane, person } = scene;
  const own = message.author === person;
  const { active, focused, left } = useActive();
  const kinds = { active, own, "by-bot": message.author === "", together, private: message.visible_to };
  const kind = ["message", ...Object.keys(kinds).filter((one) => kinds[one])].join(" ");
  return html`
    <li class=${kind} data-message=${message.id} tabindex="-1" onFocusIn=${focused} onFocusOut=${left}>
      ${pane.platform === "discord" && message.reply_to && html`<${Quote} quoted=${quoted} scene=${scene} />`}
      <div class="row">
        <${Avatar} name=${message.author} display=${scene.nameOf(message.author)} />
        <div class="stack">
          <div class="bubble">
            <${Byline} message=${message} scene=${scene} />
            ${message.visible_to && pane.platform !== "discord" && html`<${Alone} platform=${pane.platform} />`}
            ${pane.platform === "telegram" && message.reply_to && html`<${Quote} quoted=${quoted} scene=${scene} />`}
            <div class="text">
              <${RichText} nodes=${message.content} text=${message.text} />
              ${message.edited && html`<span class="edited">(edited)</span>`}
            </div>
            <${Files} files=${message.files} platform=${pane.platform} />
            ${pane.platform === "telegram" && html`<${Stamp} own=${own} message=${message} now=${scene.now} />`}
          </div>
          <${Buttons} message=${message} scene=${scene} />
          <${Reactions} message=${message} scene=${scene} />
          ${message.visible_to && pane.platform === "discord" && html`<${Alone} platform=${pane.platform} />`}
          ${children}
        </div>
        ${!message.visible_to && html`<${Actions} message=${message} scene=${scene} />`}
      </div>
    </li>`;
}

/** Whether the focus is on a message or in it, and not in one of its thread. */
function useActive() {
  const [active, setActive] = useState(false);
  return {
    active,
    focused: ({ target, currentTarget }) => setActive(target.closest("[data-message]") === currentTarget),
    left: ({ relatedTarget, currentTarget }) => {
      if (relatedTarget?.closest("[data-message]") !== currentTarget) setActive(false);
    },
  };
}

function Byline({ message, scene }) {
  const bot = message.author === "";
  return html`
    <div class="byline">
      <${Author} name=${message.author} scene=${scene} />
      ${bot && html`<span class="badge">${scene.pane.platform === "telegram" ? "bot" : "APP"}</span>`}
      ${scene.pane.platform !== "telegram" && html`<${Time} at=${message.at} now=${scene.now} />`}
    </div>`;
}

const Author = ({ name, scene }) => html`
  <span class="author name-${name === "" ? "bot" : colourOf(name)}">${scene.nameOf(name)}</span>`;

const Stamp = ({ own, message, now }) => html`
  <span class="stamp">
    <${Time} at=${message.at} now=${now} />
    ${own && html`<span class="ticks" aria-hidden="true">✓✓</span>`}
  </span>`;

const Alone = ({ platform }) => html`<p class="alone"><${Icon} name="eye" /> ${ALONE[platform]}</p>`;

function Quote({ quoted, scene }) {
  if (!quoted) return html`<p class="quoted">A message that is not here any more</p>`;
  return html`
    <p class="quoted">
      <span class="visually-hidden">In reply to </span>
      <${Author} name=${quoted.author} scene=${scene} />
      <span class="excerpt">${quoted.text.replace(/\s+/g, " ").slice(0, QUOTE_LENGTH)}</span>
    </p>`;
}

function Files({ files, platform }) {
  if (!files.length) return null;
  return html`
    <ul class="files">
      ${files.map((file) => html`<li key=${file.id}><${File} file=${file} url=${fileUrl(platform, file.id)} /></li>`)}
    </ul>`;
}

function File({ file, url }) {
  if (PREVIEWED.includes(file.content_type)) {
    return html`<a href=${url} target="_blank" rel="noopener"><img src=${url} alt=${file.name} loading="lazy" /></a>`;
  }
  return html`
    <a class="file" href=${url} download=${file.name}>
      <${Icon} name="file" />
      <span>
        <span class="file-name">${file.name}</span>
        <span class="file-size">${size(file.size)}, download</span>
      </span>
    </a>`;
}

function size(bytes) {
  if (bytes < 1024) return `${bytes} bytes`;
  return bytes < 1024 ** 2 ? `${Math.round(bytes / 1024)} kB` : `${(bytes / 1024 ** 2).toFixed(1)} MB`;
}

function Buttons({ message, scene }) {
  const [pressed, setPressed] = useState(null);
  const [vote, setVote] = useVote(`${scene.pane.platform} ${message.channel} ${message.id} ${scene.person}`);
  if (!message.buttons.length) return null;
  const press = async (button) => {
    setPressed(button.id);
    const done = await scene.click(message, button);
    if (done && isVote(button)) setVote(button.id);
    setPressed(null);
  };
  return html`
    <div class="buttons" role="group" aria-label="Buttons">
      ${message.buttons.map((row, place) => html`
        <div class="button-row" key=${place}>
          ${row.map((button) => html`
            <button key=${button.id} type="button" class="message-button" aria-busy=${pressed === button.id}
              aria-pressed=${isVote(button) ? vote === button.id : null}
              onClick=${() => pressed === null && press(button)}>${button.label}</button>`)}
        </div>`)}
    </div>`;
}

function Reactions({ message, scene }) {
  if (!message.reactions.length) return null;
  return html`
    <ul class="reactions" aria-label="Reactions">
      ${message.reactions.map(({ emoji, people }) => html`
        <li key=${emoji}>
          <button type="button" class="reaction" aria-pressed=${people.includes(scene.person)}
            title=${people.map(scene.nameOf).join(", ")}
            aria-label=${`${emoji} by ${people.map(scene.nameOf).join(", ")}`}
            onClick=${() => scene.react(message, emoji)}>${emoji} <span>${people.length}</span></button>
        </li>`)}
    </ul>`;
}

/** While emoji are shown the focus is among them; it goes back to the button that opened them. */
function Actions({ message, scene }) {
  const [choosing, setChoosing] = useState(false);
  const bar = useRef(null);
  const opener = useRef(null);
  const author = scene.nameOf(message.author);
  useLayoutEffect(() => {
    if (choosing) bar.current.querySelector(".emoji").focus();
  }, [choosing]);
  const close = () => {
    opener.current.focus();
    setChoosing(false);
  };
  const react = (emoji) => {
    close();
    scene.react(message, emoji);
  };
  const pressed = (event) => {
    if (event.key !== "Escape" || !choosing) return;
    event.stopPropagation();
    close();
  };
  return html`
    <div class="actions ${choosing ? "choosing" : ""}" ref=${bar} onKeyDown=${pressed}>
      ${choosing && EMOJI.map((emoji) => html`
        <button key=${emoji} type="button" class="action emoji" aria-label=${`React with ${emoji}`}
          onClick=${() => react(emoji)}>${emoji}</button>`)}
      <button key="reply" type="button" class="action reply" aria-label=${`Reply to ${author}`} title="Reply"
        onClick=${() => { setChoosing(false); scene.reply(message); }}><${Icon} name="reply" /></button>
      <button key="react" type="button" class="action" ref=${opener} aria-expanded=${choosing}
        aria-label=${choosing ? "Close the reactions" : `React to ${author}`} title=${choosing ? "Close" : "React"}
        onClick=${() => (choosing ? close() : setChoosing(true))}><${Icon} name=${choosing ? "close" : "react"} /></button>
    </div>`;
}
