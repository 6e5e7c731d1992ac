/** Questions that can be asked with one click. */
import { withoutMention } from "./conversation.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";

const SHOWN = 3;
const SHOWN_LATER = 2; // to somebody who has asked here already

/** What was asked last, to see it come from the cache, and what was not asked yet. */
export function worthAsking(suggestions, messages, pane, person) {
  const asked = messages.filter((one) => one.author === person).map((one) => withoutMention(one.text, pane));
  const again = suggestions.includes(asked.at(-1)) ? [{ text: asked.at(-1), again: true }] : [];
  const fresh = suggestions.filter((one) => !asked.includes(one)).map((text) => ({ text, again: false }));
  return [...again, ...fresh].slice(0, asked.length ? SHOWN_LATER : SHOWN);
}

export const Suggestions = ({ questions, ask }) => html`
  <ul class="suggestions" aria-label="Questions to try">
    ${questions.map(({ text, again }) => html`
      <li key=${text}>
        <button type="button" class="suggestion" title=${text} onClick=${() => ask(text)}>
          ${again && html`<${Icon} name="again" /><span class="visually-hidden">Ask again: </span>`}
          <span class="suggested">${text}</span>
        </button>
      </li>`)}
  </ul>`;
