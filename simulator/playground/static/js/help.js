/** How to use the page by keyboard, and what it is. */
import { useEffect, useRef } from "../vendor/hooks.js";
import { Drop } from "./drop.js";
import { html } from "./html.js";

const KEYS = [
  [["F6"], "go to the next platform's message field (with Shift: the one before)"],
  [["Enter"], "send; Shift and Enter begin a new line"],
  [["/"], "at the beginning of a message: complete a command"],
  [["@"], "complete the bot's mention"],
  [["↑", "↓"], "choose a completion; in the list of messages, which is one tab stop: go from one to the next"],
  [["Enter", "→"], "on a message: go to what can be done with it (links, votes, reply, react), and on with ← →; Esc goes back"],
  [["↑"], "in an empty message field: what you wrote last, to ask it again"],
  [["Esc"], "close what is open; stop replying"],
  [["Ctrl", "/"], "this page"],
];

export function Help({ close }) {
  const dialog = useRef(null);
  useEffect(() => {
    dialog.current.showModal();
  }, []);
  return html`
    <dialog class="help" ref=${dialog} aria-labelledby="help-title" onClose=${close}
      onClick=${({ target }) => target === dialog.current && dialog.current.close()}>
      <div class="help-inside">
        <header>
          <h2 id="help-title">How this works</h2>
          <${Drop} label="Close" act=${() => dialog.current.close()} />
        </header>
        <p>
          The three panes are stand-ins for Slack, Discord and Telegram that speak their real protocols. The bot is a
          process of its own with a real PostgreSQL and Redis; it would not notice the difference.
        </p>
        <ul>
          <li>Ask something in a channel: your message mentions the bot unless you switch that off.</li>
          <li>Ask it again: the answer comes from the cache. The wire view shows it.</li>
          <li>Make something fail, or kill the bot, right after asking: the answer still comes, once.</li>
          <li>Speak as somebody else: what is only visible to one person is gone.</li>
        </ul>
        <h3>Keyboard</h3>
        <dl>
          ${KEYS.map(([keys, what]) => html`
            <div key=${what}>
              <dt>${keys.map((key) => html`<kbd key=${key}>${key}</kbd> `)}</dt>
              <dd>${what}</dd>
            </div>`)}
        </dl>
      </div>
    </dialog>`;
}
