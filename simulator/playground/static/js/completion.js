/** What can be completed at the caret: a command at the beginning, a mention anywhere. */
import { useState } from "../vendor/hooks.js";
import { html } from "./html.js";

/**
 * The completions while one writes. `put` takes the whole text and the place of the caret.
 *
 * The functions in `keys` say whether they did something, so that the browser does not. `finish` leaves a
 * command that is written out as it is: it can be sent.
 */
export function useCompletion(text, caret, pane, put) {
  const [{ at, closed }, setChoice] = useState({ at: 0, closed: false });
  const options = closed ? [] : completions(text, caret, pane);
  const active = Math.min(at, options.length - 1);

  const pick = (option) =>
    put(text.slice(0, option.from) + option.text + text.slice(option.to), option.from + option.text.length);
  const when = (act) => () => {
    if (options.length) act();
    return options.length > 0;
  };
  const move = (by) => setChoice({ at: (active + by + options.length) % options.length, closed: false });
  return {
    options,
    active,
    pick,
    begin: () => setChoice({ at: 0, closed: false }),
    close: () => setChoice({ at: 0, closed: true }),
    keys: {
      next: when(() => move(1)),
      previous: when(() => move(-1)),
      choose: when(() => pick(options[active])),
      finish: () => options[active]?.label !== text && when(() => pick(options[active]))(),
      leave: when(() => setChoice({ at: 0, closed: true })),
    },
  };
}

/** The command that was just completed, whose argument is to be written now. */
export const commandIn = (text, pane) =>
  pane.commands.find((one) => one.argument && text.startsWith(`/${one.name} `) && text.trim() === `/${one.name}`);

/** While completions are open the text field controls them. It stays a text field: a combobox has one line. */
export function controlling(id, { options, active }) {
  if (!options.length) return {};
  return {
    "aria-controls": `${id}-options`,
    "aria-activedescendant": optionId(id, active),
  };
}

export const Options = ({ id, completion: { options, active, pick } }) => html`
  <ul class="options" id=${`${id}-options`} role="listbox" aria-label="Completions">
    ${options.map((option, place) => html`
      <li key=${option.label} id=${optionId(id, place)} role="option" aria-selected=${place === active}
        onPointerDown=${(event) => event.preventDefault()} onClick=${() => pick(option)}>
        <span class="option-label">${option.label}${option.argument && html` <i>${option.argument}</i>`}</span>
        <span class="option-about">${option.about}</span>
      </li>`)}
  </ul>`;

/** Says that there are completions: a text field cannot say that it is expanded. */
export const Offer = ({ options: { length } }) => html`
  <p class="visually-hidden" aria-live="polite">
    ${length > 0 && `${length === 1 ? "1 completion" : `${length} completions`}: up and down choose, Tab takes one.`}
  </p>`;

const optionId = (id, place) => `${id}-option-${place}`;

/** Each says which text it would put where. */
function completions(text, caret, pane) {
  const typed = text.slice(0, caret);
  if (/^\/\S*$/.test(typed)) return commands(typed, pane);
  const mention = /(^|\s)(@\S*)$/.exec(typed);
  return mention ? mentions(mention[2], caret, pane) : [];
}

const commands = (typed, pane) =>
  pane.commands
    .filter((one) => `/${one.name}`.startsWith(typed.toLowerCase()))
    .filter((one) => one.argument || `/${one.name}` !== typed)
    .map((one) => ({
      label: `/${one.name}`,
      argument: one.argument,
      about: one.description,
      from: 0,
      to: typed.length,
      text: one.argument ? `/${one.name} ` : `/${one.name}`,
    }));

function mentions(typed, caret, { mention }) {
  if (!mention.toLowerCase().startsWith(typed.toLowerCase()) || mention === typed) return [];
  const from = caret - typed.length;
  return [{ label: mention, argument: "", about: "the bot", from, to: caret, text: `${mention} ` }];
}
