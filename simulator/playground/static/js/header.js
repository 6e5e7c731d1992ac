/** The top of the page: what this is, who one is, how the bot is, and what else can be opened. */
import { useLayoutEffect, useRef, useState } from "../vendor/hooks.js";
import { Avatar } from "./avatar.js";
import { html } from "./html.js";
import { Icon, Mark } from "./icons.js";

const THEMES = { auto: "like the system", light: "light", dark: "dark" };
const BOT = { up: "Bot is up", starting: "Bot is starting", down: "Bot is down" };

export const Header = ({ people, person, setPerson, bot, drawer, toggleDrawer, theme, setTheme, help }) => html`
  <header class="top">
    <div class="brand">
      <${Mark} />
      <div>
        <h1>Trialogue</h1>
        <p>Ask in any pane. The bot, its databases and the protocols are real; only the platforms are stand-ins.</p>
      </div>
    </div>
    <div class="top-tools">
      <${SpeakAs} people=${people} person=${person} setPerson=${setPerson} />
      <${BotState} bot=${bot} />
      <${DrawerButton} name="wire" label="Wire view" drawer=${drawer} toggle=${toggleDrawer} />
      <${DrawerButton} name="faults" label="Faults" drawer=${drawer} toggle=${toggleDrawer} />
      <${ThemeButton} theme=${theme} setTheme=${setTheme} />
      <button type="button" class="top-button square" aria-label="Keyboard and help" title="Keyboard and help"
        onClick=${help}>?</button>
    </div>
  </header>`;

const DrawerButton = ({ name, label, drawer, toggle }) => html`
  <button type="button" class="top-button opens-drawer" aria-expanded=${drawer === name} aria-controls="drawer"
    onClick=${() => toggle(name)}>
    <${Icon} name=${name === "wire" ? "wire" : "fault"} /><span>${label}</span>
  </button>`;

function ThemeButton({ theme, setTheme }) {
  const names = Object.keys(THEMES);
  const next = names[(names.indexOf(theme) + 1) % names.length];
  return html`
    <button type="button" class="top-button square" title=${`Colours: ${THEMES[theme]}`}
      aria-label=${`Colours: ${THEMES[theme]}. Change to ${THEMES[next]}`} onClick=${() => setTheme(next)}>
      <${Icon} name=${theme} />
    </button>`;
}

const BotState = ({ bot }) => html`
  <p class="bot-state ${bot.state}">
    <span class="lamp" aria-hidden="true"></span>
    <span class="bot-words">${BOT[bot.state]}</span>
    <span class="bot-process">
      ${bot.pid === null ? "no process" : `pid ${bot.pid}`}, ${bot.starts === 1 ? "1 start" : `${bot.starts} starts`}
    </span>
  </p>`;

function SpeakAs({ people, person, setPerson }) {
  const [open, setOpen] = useState(false);
  const place = useRef(null);
  const button = useRef(null);
  const now = people.find((one) => one.name === person);
  useLayoutEffect(() => {
    if (!open) return undefined;
    place.current.querySelector("input:checked")?.focus();
    const outside = (event) => !place.current.contains(event.target) && setOpen(false);
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [open]);
  const close = () => {
    setOpen(false);
    button.current.focus();
  };
  const left = ({ relatedTarget }) => {
    if (relatedTarget && !place.current.contains(relatedTarget)) setOpen(false);
  };
  const choose = (name) => { // by pointer; the arrow keys only change who is chosen
    setPerson(name);
    close();
  };
  const pressed = (event) => {
    if (!open || (event.key !== "Escape" && event.key !== "Enter")) return;
    event.preventDefault();
    close();
  };
  return html`
    <div class="speak-as" ref=${place} onKeyDown=${pressed} onFocusOut=${left}>
      <button type="button" class="top-button person-button" ref=${button} aria-label=${`Speak as: ${now.display}`}
        aria-expanded=${open} aria-controls="people" onClick=${() => setOpen(!open)}>
        <${Avatar} name=${now.name} display=${now.display} />
        <span class="person-now">
          <span class="small-print">Speak as</span>
          <span class="person-name">${now.display}</span>
        </span>
        <${Icon} name="chevron" />
      </button>
      ${open && html`
        <fieldset class="people" id="people">
          <legend>Speak as</legend>
          ${people.map((one) => html`
            <label key=${one.name} class="person" onClick=${(event) => event.detail > 0 && choose(one.name)}>
              <input type="radio" name="person" value=${one.name} checked=${one.name === person}
                onChange=${() => setPerson(one.name)} />
              <${Avatar} name=${one.name} display=${one.display} />
              <span class="person-words">
                <span class="person-name">${one.display}${one.admin && html` <span class="admin" title="Workspace admin"><span class="visually-hidden">workspace </span>admin</span>`}</span>
                <span class="person-about">${one.about}</span>
              </span>
            </label>`)}
        </fieldset>`}
    </div>`;
}
