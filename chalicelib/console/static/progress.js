// A bulk operation: how far it is, what went wrong, and its end before its time. It goes on without this page.

import { html, useEffect, useState } from "./lib/preact.js";
import { useLive } from "./live.js";
import { Act, Card, Notice } from "./parts.js";
import { call, isSignedIn, watchSession } from "./session.js";
import { count, sentence, why } from "./words.js";

const kept = new Map(); // the operation that was begun last, by page, for whoever comes back to it

watchSession(() => {
  if (!isSignedIn()) kept.clear();
});

/** [{title, id} or null, how to set it]: the operation that a page shows. */
export function useRunning(page) {
  const [running, setRunning] = useState(kept.get(page) ?? null);
  return [running, (one) => { kept.set(page, one); setRunning(one); }];
}

/**
 * title: what is done; id: of the operation; ended: called once when it is over
 * close: called when nobody wants to see it any more
 */
export function Progress({ title, id, ended, close }) {
  const [over, setOver] = useState(null); // the last answer, once it is over
  const [failure, setFailure] = useState(null);
  const live = useLive(!over && `bulk-operations/${id}/progress`, 1);
  const now = over ?? live.data;
  useEffect(() => {
    if (over || !live.data?.isComplete) return;
    setOver(live.data);
    ended?.(live.data);
  }, [live.data]);

  async function cancel() {
    await call("POST", `bulk-operations/${id}/cancel`);
    live.again();
  }

  const action = over || live.error?.status === 404 ? html`<button type="button" onClick=${close}>Close</button>`
    : html`<${Act} act=${cancel} failed=${setFailure} done="It ends before its next item.">Cancel the rest<//>`;
  return html`<${Card} title=${title} action=${action}>
    ${(failure ?? live.error) && html`<${Notice}>${sentence(why(failure ?? live.error))}<//>`}
    <progress aria-label=${title} max="100" value=${now?.percentageComplete ?? 0}></progress>
    <p role="status">${now?.statusMessage ?? "It is on its way."}</p>
    ${!over && html`<p class="note">It goes on when you leave this page. What was done stays done.</p>`}
    ${now?.errors.length > 0 && html`<details open=${now.errors.length <= 5}><summary>${count(now.errors.length, "item")} that failed</summary>
      <ul class="faults" role="list">${now.errors.map((one) => html`<li><strong class="wrap">${one.itemName}</strong> <span class="wrap">${one.errorMessage}</span></li>`)}</ul></details>`}
  <//>`;
}
