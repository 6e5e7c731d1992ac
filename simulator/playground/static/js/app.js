/** The playground: three platforms side by side, and what lies behind them. */
import { useEffect, useRef, useState } from "../vendor/hooks.js";
import { render } from "../vendor/preact.js";
import { say } from "./api.js";
import { channelsOf, platformNames } from "./conversation.js";
import { Drawer } from "./drawer.js";
import { Faults } from "./faults.js";
import { Header } from "./header.js";
import { Help } from "./help.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";
import { NARROW, useMedia } from "./media.js";
import { Pane } from "./pane.js";
import { useStored } from "./stored.js";
import { useNow } from "./time.js";
import { Toasts, useToasts } from "./toasts.js";
import { useUnread } from "./unread.js";
import { Wire } from "./wire.js";
import { useWorld } from "./world.js";

function App() {
  const { world, connected } = useWorld();
  return html`
    ${!connected && html`<p class="banner" role="alert">Connection lost, trying again…</p>`}
    ${world ? html`<${Playground} world=${world} />` : html`<p class="loading">Opening the playground…</p>`}`;
}

function Playground({ world }) {
  const now = useNow();
  const narrow = useMedia(NARROW);
  const [stored, setPerson] = useStored("person", "");
  const [theme, setTheme] = useStored("theme", "auto");
  const [chosen, setChosen] = useState(() => lively(world.panes)); // channels, by platform
  const [tab, setTab] = useState(world.panes[0].platform); // the pane that phones show
  const [drawer, setDrawer] = useState(null);
  const [traceChosen, setTraceChosen] = useState(null);
  const [helping, setHelping] = useState(false);
  const { toasts, announce, dismiss } = useToasts();
  const fields = useFields(world.panes, setTab, setDrawer);

  const person = (world.people.find((one) => one.name === stored) ?? world.people[0]).name;
  const people = new Map(world.people.map((one) => [one.name, one]));
  const seen = (platform) => !narrow || (tab === platform && drawer === null);
  const open = Object.fromEntries(world.panes.map((pane) => [pane.platform, seen(pane.platform) && current(pane, person, chosen)]));
  const unread = useUnread(world.panes, person, open);

  useEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);
  useBotNews(world.bot, announce);
  useHelpKey(() => setHelping(true));
  const toggleDrawer = (name) => setDrawer(drawer === name ? null : name);

  return html`
    <${Header} people=${world.people} person=${person} setPerson=${setPerson} bot=${world.bot} drawer=${drawer}
      toggleDrawer=${toggleDrawer} theme=${theme} setTheme=${setTheme} help=${() => setHelping(true)} />
    <main class="stage ${drawer ? "with-drawer" : ""}">
      <div class="panes">
        ${world.panes.map((pane) => html`
          <${Pane} key=${pane.platform} pane=${pane} people=${people} person=${person} now=${now} chosen=${chosen[pane.platform]}
            choose=${(channel) => setChosen({ ...chosen, [pane.platform]: channel })} unread=${unread[pane.platform]}
            suggestions=${world.suggestions} current=${tab === pane.platform} field=${fields[pane.platform]}
            sent=${() => setTraceChosen(null)} announce=${announce} />`)}
      </div>
      ${drawer && html`
        <${Drawer} name=${drawer} close=${() => setDrawer(null)}>
          ${drawer === "wire"
            ? html`<${Wire} traces=${world.traces} panes=${world.panes} people=${people} now=${now} chosen=${traceChosen} choose=${setTraceChosen} />`
            : html`<${Faults} faults=${world.faults} platforms=${world.panes.map((pane) => pane.platform)} bot=${world.bot} announce=${announce}
                askEverywhere=${() => askEverywhere(world, person, chosen)} />`}
        <//>`}
    </main>
    <${Tabs} panes=${world.panes} tab=${tab} drawer=${drawer} unread=${unread}
      show=${(platform) => { setTab(platform); setDrawer(null); }} showDrawer=${setDrawer} />
    <${Toasts} toasts=${toasts} dismiss=${dismiss} />
    ${helping && html`<${Help} close=${() => setHelping(false)} />`}`;
}

/** On phones, where one pane is shown at a time. */
function Tabs({ panes, tab, drawer, unread, show, showDrawer }) {
  const total = (platform) => Object.values(unread[platform]).reduce((sum, count) => sum + count, 0);
  return html`
    <nav class="tabs" aria-label="Panes">
      ${panes.map(({ platform }) => html`
        <button key=${platform} type="button" class="tab" aria-current=${!drawer && tab === platform ? "page" : null} onClick=${() => show(platform)}>
          <span class="dot ${platform}" aria-hidden="true"></span><span>${platformNames[platform]}</span>
          ${total(platform) > 0 && html`<span class="unread">${total(platform)}<span class="visually-hidden"> unread</span></span>`}
        </button>`)}
      ${["wire", "faults"].map((name) => html`
        <button key=${name} type="button" class="tab" aria-current=${drawer === name ? "page" : null} onClick=${() => showDrawer(name)}>
          <${Icon} name=${name === "wire" ? "wire" : "fault"} /><span>${name === "wire" ? "Wire" : "Faults"}</span>
        </button>`)}
    </nav>`;
}

/** The channels to begin with: where the bot answered last. */
function lively(panes) {
  const shared = (pane) => new Set(pane.channels.filter((one) => one.kind === "channel" || one.kind === "group").map((one) => one.id));
  const last = (pane) => pane.messages.findLast((one) => one.author === "" && shared(pane).has(one.channel));
  return Object.fromEntries(panes.map((pane) => [pane.platform, last(pane)?.channel]));
}

function current(pane, person, chosen) {
  const channels = channelsOf(pane, person);
  return (channels.find((one) => one.id === chosen[pane.platform]) ?? channels[0])?.id;
}

/** Ask a question in the channel that each pane shows. */
function askEverywhere({ panes, suggestions }, person, chosen) {
  const question = suggestions[Math.floor(Math.random() * suggestions.length)];
  return Promise.all(panes.map((pane) => say({
    platform: pane.platform,
    channel: current(pane, person, chosen),
    person,
    text: `${pane.mention} ${question}`,
  })));
}

/** The message fields by platform; F6 goes from one to the next. */
function useFields(panes, setTab, setDrawer) {
  const fields = useRef(Object.fromEntries(panes.map((pane) => [pane.platform, { current: null }])));
  useEffect(() => {
    const platforms = Object.keys(fields.current);
    const pressed = (event) => {
      if (event.key !== "F6") return;
      event.preventDefault();
      const here = platforms.findIndex((one) => fields.current[one].current === document.activeElement);
      const step = event.shiftKey ? platforms.length - 1 : 1;
      const next = platforms[here < 0 ? 0 : (here + step) % platforms.length];
      if (matchMedia(NARROW).matches) setDrawer(null);
      setTab(next);
      requestAnimationFrame(() => fields.current[next].current?.focus());
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, []);
  return fields.current;
}

function useHelpKey(help) {
  useEffect(() => {
    const pressed = (event) => {
      if (event.key !== "/" || !event.ctrlKey) return;
      event.preventDefault();
      help();
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, []);
}

/** Say when the bot is back. */
function useBotNews(bot, announce) {
  const starts = useRef(bot.starts);
  useEffect(() => {
    if (bot.state !== "up" || bot.starts === starts.current) return;
    starts.current = bot.starts;
    announce(`The bot is up again, as process ${bot.pid}.`);
  }, [bot.state, bot.starts]);
}

render(html`<${App} />`, document.getElementById("page"));
