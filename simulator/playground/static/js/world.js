/** The state of the playground: asked for once, then kept up to date by live events. */
import { useEffect, useState } from "../vendor/hooks.js";
import { loadState } from "./api.js";
import { seat } from "./avatar.js";

const RETRY_MS = 1500;
const TRACES_KEPT = 100;

/** The world, null until it is known, and whether live events arrive. */
export function useWorld() {
  const [world, setWorld] = useState(null);
  const [connected, setConnected] = useState(true);
  useEffect(() => follow(setWorld, setConnected), []);
  return { world, connected };
}

/** Follow the live events; whenever the connection opens, everything is asked for anew. */
function follow(setWorld, setConnected) {
  let source = null;
  let timer = null;
  let early = null; // events that arrive while everything is asked for, and may be newer

  async function refresh() {
    early = [];
    try {
      const world = await loadState();
      seat(world.people);
      setWorld(early.reduce(updated, world));
      setConnected(true);
    } catch {
      again();
    } finally {
      early = null;
    }
  }

  function take({ data }) {
    const update = JSON.parse(data);
    if (early) early.push(update);
    else setWorld((world) => world && updated(world, update));
  }

  function again() {
    setConnected(false);
    source.close();
    clearTimeout(timer);
    timer = setTimeout(connect, RETRY_MS);
  }

  function connect() {
    source = new EventSource("api/live");
    source.onopen = refresh;
    source.onmessage = take;
    source.onerror = again;
  }

  connect();
  return () => {
    clearTimeout(timer);
    source.close();
  };
}

function updated(world, { pane, bot, trace }) {
  return {
    ...world,
    bot: bot ?? world.bot,
    panes: pane ? world.panes.map((one) => (one.platform === pane.platform ? pane : one)) : world.panes,
    traces: trace ? withTrace(world.traces, trace) : world.traces,
  };
}

function withTrace(traces, trace) {
  const known = traces.some((one) => one.id === trace.id);
  if (known) return traces.map((one) => (one.id === trace.id ? trace : one));
  return [...traces, trace].slice(-TRACES_KEPT);
}
