// The pieces that pages are made of.

import { html, useEffect, useRef, useState } from "./lib/preact.js";
import { useNow } from "./live.js";
import { ago, full, moment, why } from "./words.js";

/** Say something to people who listen to the page instead of looking at it. */
export function announce(text) {
  const region = document.getElementById("said");
  if (region) region.textContent = text;
}

export function Page({ title, lead, actions, children }) {
  const heading = useRef(null);
  useEffect(() => {
    document.title = `${title} · Conclave`;
    heading.current?.focus({ preventScroll: true });
  }, [title]);
  return html`<div class="title">
      <div><h1 tabindex="-1" ref=${heading}>${title}</h1>${lead && html`<p class="lead">${lead}</p>`}</div>
      <div class="actions">${actions}</div>
    </div>
    ${children}`;
}

export const Badge = ({ tone, children }) => html`<span class="badge ${tone}">${children}</span>`;

export const Notice = ({ tone = "bad", children }) =>
  html`<div class="notice ${tone}" role=${tone === "bad" ? "alert" : "note"}>${children}</div>`;

/** Why the page could not be brought up to date; what it shows then is old. */
export const Trouble = ({ error }) => error && html`<${Notice}>${why(error)}<//>`;

export const Waiting = () => html`<p class="waiting" role="status">Asking the node…</p>`;

export function Ago({ at }) {
  const now = useNow();
  const then = moment(at);
  if (!then) return html`<span class="quiet">never</span>`;
  return html`<time datetime=${then.toISOString()} title=${full(then)}>${ago(then, now)}</time>`;
}

/** A table that becomes a list of cards where there is no room; roles keep it a table to all. */
export function Table({ label, heads, children }) {
  return html`<div class="scroll"><table role="table" aria-label=${label}>
    <thead role="rowgroup"><tr role="row">
      ${heads.map((head) => html`<th role="columnheader" scope="col">${head}</th>`)}
    </tr></thead>
    <tbody role="rowgroup">${children}</tbody>
  </table></div>`;
}

export const Row = ({ children, ...rest }) => html`<tr role="row" ...${rest}>${children}</tr>`;

export const Cell = ({ head, children, ...rest }) =>
  html`<td role="cell" data-head=${head} ...${rest}>${children}</td>`;

/** A button that does something at the node, and cannot be pressed twice. It keeps the focus. */
export function Act({ act, done, failed, children, ...rest }) {
  const [busy, setBusy] = useState(false);
  async function press() {
    if (busy) return;
    setBusy(true);
    try {
      await act();
      if (done) announce(done);
    } catch (error) {
      failed?.(error);
      announce(why(error));
    } finally {
      setBusy(false);
    }
  }
  return html`<button type="button" aria-disabled=${busy} aria-busy=${busy} onClick=${press} ...${rest}>
    ${children}
  </button>`;
}

/** A question that holds everything else up. Escape and Cancel answer it with no. */
export function Question({ title, children, yes, dangerous, onYes, onNo }) {
  const box = useRef(null);
  useEffect(() => {
    const dialog = box.current;
    dialog.showModal();
    return () => dialog.close(); // which gives the focus back
  }, []);
  return html`<dialog ref=${box} aria-labelledby="question" onCancel=${onNo} onClose=${onNo}>
    <h2 id="question">${title}</h2>
    <div class="said">${children}</div>
    <div class="actions end">
      <button type="button" onClick=${onNo}>Cancel</button>
      <${Act} class=${dangerous ? "danger" : "main"} act=${onYes}>${yes}<//>
    </div>
  </dialog>`;
}
