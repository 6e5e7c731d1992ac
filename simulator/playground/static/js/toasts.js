/** Short notices of what happened; screen readers say them. */
import { useCallback, useRef, useState } from "../vendor/hooks.js";
import { Drop } from "./drop.js";
import { html } from "./html.js";

const SHOWN_MS = 7000;

/**
 * The notices, how to add one, and how to take one away.
 *
 * `tone` is "" or "bad"; `action` is what can be done about it: a label, and the act.
 */
export function useToasts() {
  const [toasts, setToasts] = useState([]);
  const number = useRef(0);
  const dismiss = useCallback((id) => setToasts((all) => all.filter((one) => one.id !== id)), []);
  const announce = useCallback((text, tone = "", action = null) => {
    number.current += 1;
    const id = number.current;
    setToasts((all) => [...all.filter((one) => one.text !== text).slice(-2), { id, text, tone, action }]);
    setTimeout(() => dismiss(id), SHOWN_MS);
  }, []);
  return { toasts, announce, dismiss };
}

export const Toasts = ({ toasts, dismiss }) => html`
  <div class="toasts" role="status" aria-live="polite">
    ${toasts.map((toast) => html`
      <p key=${toast.id} class="toast ${toast.tone}">
        <span>${toast.text}</span>
        ${toast.action && html`
          <button type="button" class="toast-action" onClick=${() => { toast.action.act(); dismiss(toast.id); }}>
            ${toast.action.label}
          </button>`}
        <${Drop} label="Dismiss" act=${() => dismiss(toast.id)} />
      </p>`)}
  </div>`;
