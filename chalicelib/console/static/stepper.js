// The steps of an upgrade from top to bottom: what is done, what is at hand, what is to come.

import { html } from "./lib/preact.js";
import { useNow } from "./live.js";
import { clock, full, moment, span, took } from "./words.js";

const SAID = { done: "done", current: "at hand", failed: "failed", ahead: "to come", left: "left out" };

export function Stepper({ of }) {
  return html`<ol class="steps">${of.steps.map((one) => html`<li key=${one.name} class=${one.state}
      aria-current=${one.state === "current" || one.state === "failed" ? "step" : null}>
    <i aria-hidden="true"></i>
    <div><div class="head"><strong>${one.name}</strong> <span class="hidden">${SAID[one.state]}</span><${Times} of=${one} /></div>
      <p class="note">${one.sentence}</p>
      ${one.state === "current" && of.waitsFor && html`<p class="waits">Waits for: ${of.waitsFor}</p>`}
      ${one.state === "current" && one.name === "migrate" && html`<${Migration} of=${of.migration} />`}
      ${one.error && html`<p class="error">${one.error}</p>`}</div>
  </li>`)}</ol>`;
}

function Times({ of }) {
  const now = useNow();
  const started = moment(of.started);
  if (!started) return html`<span class="quiet">${of.state === "left" ? "left out" : ""}</span>`;
  const lasted = of.state === "current" ? `for ${span((now - started) / 1000)}` : of.seconds === null ? "" : took(of.seconds);
  return html`<span class="quiet count"><time datetime=${started.toISOString()} title=${full(started)}>${clock(started)}</time>${lasted && ` · ${lasted}`}</span>`;
}

function Migration({ of }) {
  return html`<progress aria-label="Migration" max="100" value=${of.percent}></progress>
    <p class="note">${of.percent} % · ${of.changed.toLocaleString("en")} rows changed · pass ${Math.min(of.passes + 1, 2)} of 2${of.migrations.length ? ` · ${of.migrations.join(", ")}` : ""}</p>`;
}
