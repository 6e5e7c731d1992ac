/** Times as people say them. */
import { useEffect, useState } from "../vendor/hooks.js";
import { html } from "./html.js";

const TICK_MS = 20_000;
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** The time now, in seconds; it moves on by itself. */
export function useNow() {
  const [now, setNow] = useState(() => Date.now() / 1000);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now() / 1000), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}

export function ago(at, now) {
  const seconds = Math.max(0, now - at);
  if (seconds < 60) return "now";
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return day.format(at * 1000);
}

export function dayName(at, now) {
  const days = Math.round((midnight(now) - midnight(at)) / 86_400);
  if (days <= 0) return "Today";
  return days === 1 ? "Yesterday" : weekday.format(at * 1000);
}

const midnight = (at) => new Date(at * 1000).setHours(0, 0, 0, 0) / 1000;

/** A moment, told relative to now; the exact time on hover. `exact` shows the clock instead. */
export const Time = ({ at, now, exact = false }) => html`
  <time class="time" dateTime=${new Date(at * 1000).toISOString()} title=${full.format(at * 1000)}>
    ${exact ? clock.format(at * 1000) : ago(at, now)}
  </time>`;

export function milliseconds(value) {
  if (value >= 1000) return `${(value / 1000).toFixed(value < 10_000 ? 2 : 1)} s`;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}
