// The pieces that pages are made of.

import { html, useEffect, useRef, useState } from "./lib/preact.js";
import { useNow } from "./live.js";
import { ago, full, moment, span, why } from "./words.js";

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

/** A part of a page with a heading of its own, in a frame. */
export function Card({ title, badge, lead, action, children }) {
  const id = `card-${title.toLowerCase().replace(/\W+/g, "-")}`;
  return html`<section class="card" aria-labelledby=${id}>
    <div class="title small"><h2 id=${id}>${title}</h2>${badge}${action}</div>
    ${lead && html`<p class="lead">${lead}</p>`}
    ${children}
  </section>`;
}

/** What is so, as pairs of a name and a value, with a note below where there is something to say. */
export const Facts = ({ of }) => html`<dl class="facts">${of.filter(Boolean).map(([name, value, note]) => html`<div key=${name}>
  <dt>${name}</dt><dd>${value}${note && html`<small class="note">${note}</small>`}</dd></div>`)}</dl>`;

/** One number that matters, at the head of a page. */
export const Fact = ({ title, tone, note, children }) => html`<li class="tile"><span class="quiet">${title}</span>
  <strong class=${tone ? `state ${tone}` : ""}>${tone && html`<i aria-hidden="true"></i>`}<span>${children}</span></strong>
  ${note && html`<small class="note">${note}</small>`}</li>`;

/** Lines to run elsewhere, one after the other; those that begin with # only say something. */
export const Lines = ({ lines, label }) => html`<${Command} label=${label} text=${lines.join("\n")}>
  ${lines.map((one) => html`<span class=${one.startsWith("#") ? "quiet" : ""}>${one}${"\n"}</span>`)}<//>`;

/** A command to run elsewhere, to take along. */
export function Command({ text, label, children }) {
  const shown = useRef(null);
  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
      announce("Copied.");
    } catch {
      getSelection().selectAllChildren(shown.current); // where the browser forbids it: one key is left to press
      announce("Selected: copy it with the keyboard.");
    }
  }
  return html`<div class="command"><code ref=${shown} tabindex="0" role="group" aria-label=${label}>${children ?? text}</code>
    <${Act} act=${copy} aria-label=${`Copy: ${label}`}>Copy<//></div>`;
}

/** How long until a moment, counting down by itself. */
export function Until({ at }) {
  const now = useNow();
  const left = (at - now) / 1000;
  return html`<time class="count" datetime=${at.toISOString()} title=${full(at)}>${left > 0.5 ? `in ${span(left)}` : "now"}</time>`;
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

/** Something in front of the page, to look at or to work on, and to close again. */
export function Sheet({ title, close, children }) {
  const box = useRef(null);
  useEffect(() => {
    const dialog = box.current;
    dialog.showModal();
    return () => dialog.close();
  }, []);
  return html`<dialog ref=${box} class="form" aria-labelledby="sheet" onCancel=${close} onClose=${close}>
    <div class="title small"><h2 id="sheet">${title}</h2><button type="button" onClick=${close}>Close</button></div>
    ${children}
  </dialog>`;
}
