/** State that outlasts the page, in this browser. */
import { useCallback, useState } from "../vendor/hooks.js";

export function useStored(name, otherwise) {
  const [value, setValue] = useState(() => localStorage.getItem(name) ?? otherwise);
  const keep = useCallback((next) => {
    localStorage.setItem(name, next);
    setValue(next);
  }, [name]);
  return [value, keep];
}
