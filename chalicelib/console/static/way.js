// Which page is shown, and what of it: its address below the root, such as `secrets?folder=3`.
// What somebody searches for is never in an address.

import { useEffect, useRef, useState } from "./lib/preact.js";
import { hasUnsaved } from "./forms.js";
import { ROOT } from "./session.js";

/** {path, query, go, put, leaving, leave, stay}. Leaving something unsaved asks first. */
export function useWay() {
  const [place, setPlace] = useState(here());
  const [leaving, setLeaving] = useState(null);
  const shown = useRef(place);
  shown.current = place;
  useEffect(() => {
    function moved() {
      if (here() === shown.current) return;
      if (!hasUnsaved()) return setPlace(here());
      setLeaving(here());
      history.pushState(null, "", new URL(shown.current, ROOT));
    }
    addEventListener("popstate", moved);
    return () => removeEventListener("popstate", moved);
  }, []);

  function show(to) {
    setLeaving(null);
    history.pushState(null, "", new URL(to, ROOT));
    setPlace(to);
  }

  function go(event, to) {
    if (event?.ctrlKey || event?.metaKey || event?.shiftKey || event?.button) return;
    event?.preventDefault();
    if (to !== place && hasUnsaved()) setLeaving(to);
    else if (to !== place) show(to);
  }

  /** The same place under its proper name. */
  function put(to) {
    history.replaceState(null, "", new URL(to, ROOT));
    setPlace(to);
  }

  const [path, query = ""] = place.split("?");
  return { path, query: new URLSearchParams(query), leaving, go, put, leave: () => show(leaving), stay: () => setLeaving(null) };
}

function here() {
  return location.pathname.slice(ROOT.pathname.length).replace(/\/+$/, "") + location.search;
}
