/** What can be completed at the caret: a command at the beginning, a mention anywhere. */
import { html } from "./html.js";

/** The options for what was typed up to the caret; each says which text it would put where. */
export function completions(text, caret, pane) {
  const typed = text.slice(0, caret);
  if (/^\/\S*$/.test(typed)) return commands(typed, caret, pane);
  const mention = /(^|\s)(@\S*)$/.exec(typed);
  return mention ? mentions(mention[2], caret, pane) : [];
}

/** The command that is being written, whose argument is asked for. */
export const commandIn = (text, pane) =>
  pane.commands.find((one) => one.argument && text.startsWith(`/${one.name} `) && text.trim() === `/${one.name}`);

const commands = (typed, caret, pane) =>
  pane.commands
    .filter((one) => `/${one.name}`.startsWith(typed.toLowerCase()))
    .filter((one) => one.argument || `/${one.name}` !== typed)
    .map((one) => ({
      label: `/${one.name}`,
      argument: one.argument,
      about: one.description,
      from: 0,
      to: caret,
      text: one.argument ? `/${one.name} ` : `/${one.name}`,
    }));

function mentions(typed, caret, pane) {
  if (!pane.mention.toLowerCase().startsWith(typed.toLowerCase()) || pane.mention === typed) return [];
  return [{ label: pane.mention, argument: "", about: "the bot", from: caret - typed.length, to: caret, text: `${pane.mention} ` }];
}

export const optionId = (id, place) => `${id}-option-${place}`;

export const Options = ({ id, options, active, pick }) => html`
  <ul class="options" id=${`${id}-options`} role="listbox" aria-label="Completions">
    ${options.map((option, place) => html`
      <li key=${option.label} id=${optionId(id, place)} role="option" aria-selected=${place === active}
        onPointerDown=${(event) => event.preventDefault()} onClick=${() => pick(option)}>
        <span class="option-label">${option.label}${option.argument && html` <i>${option.argument}</i>`}</span>
        <span class="option-about">${option.about}</span>
      </li>`)}
  </ul>`;
