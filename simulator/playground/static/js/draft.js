/** What is being written in each channel, kept while the page is open. */
import { useState } from "../vendor/hooks.js";

export const EMPTY = Object.freeze({ text: "", file: null });

const drafts = new Map();

export const isEmpty = ({ text, file }) => !text && !file;

/** The draft of a place (a text that names it), how to change it, and what it is by now. */
export function useDraft(place) {
  const [draft, setDraft] = useState(() => drafts.get(place) ?? EMPTY);
  const latest = () => drafts.get(place) ?? EMPTY;
  const change = (changes) => {
    drafts.set(place, { ...latest(), ...changes });
    setDraft(latest());
  };
  return { draft, change, latest };
}
