/** Short notices of what happened; screen readers say them. */
import { useCallback, useRef, useState } from "../vendor/hooks.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";

const SHOWN_MS = 7000;

/** The notices, how to add one (`tone`: "" or "bad"), and how to take one away. */
export function useToasts() {
  const [toasts, setToasts] = useState([]);
  const number = useRef(0);
  const dismiss = useCallback((id) => setToasts((all) => all.filter((one) => one.id !== id)), []);
  const announce = useCallback((text, tone = "") => {
    number.current += 1;
    const id = number.current;
    setToasts((all) => [...all.filter((one) => one.text !== text).slice(-1), { id, text, tone }]);
    setTimeout(() => dismiss(id), SHOWN_MS);
  }, []);
  return { toasts, announce, dismiss };
}

export const Toasts = ({ toasts, dismiss }) => html`
  <div class="toasts" role="status" aria-live="polite">
    ${toasts.map((toast) => html`
      <p key=${toast.id} class="toast ${toast.tone}">
        <span>${toast.text}</span>
        <button type="button" class="drop" aria-label="Dismiss" onClick=${() => dismiss(toast.id)}><${Icon} name="close" /></button>
      </p>`)}
  </div>`;
