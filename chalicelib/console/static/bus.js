// The backbone bus: shared by all nodes or internal to each, and what a switch still leaves behind.

import { html, useState } from "./lib/preact.js";
import { useLive } from "./live.js";
import { announce, Badge, Card, Facts, Notice, Question, Trouble } from "./parts.js";
import { call } from "./session.js";
import { count, full, moment, why } from "./words.js";

const OTHER = { Shared: "Internal", Internal: "Shared" };
const WORDS = { Shared: "one set of queues for all nodes: each helps with the work", Internal: "a set of queues for each node: its work stays its own" };

export function Bus({ may }) {
  const { data, error, again } = useLive("configuration/backbone-bus", 6);
  const [asked, setAsked] = useState(false);
  const [failure, setFailure] = useState(null);
  if (!data) return error && error.status !== 404 && html`<${Trouble} error=${error} />`;
  const to = OTHER[data.type];

  async function turn() {
    setFailure(null);
    try {
      await call("PATCH", "configuration/backbone-bus", { type: to });
      announce(`The backbone bus is ${to.toLowerCase()} now.`);
    } catch (refusal) {
      setFailure(refusal);
    }
    setAsked(false);
    again();
  }

  const settled = data.state === "Settled";
  const waiting = data.draining.map((one) => html`<li key=${one.queue}><span class="mono">${one.queue}</span> ${count(one.messages, "message")}</li>`);
  return html`<${Card} title="Backbone bus" badge=${html`<${Badge} tone=${settled ? "good" : "busy"}>${settled ? "settled" : "draining"}<//>`}
      action=${may && html`<button type="button" onClick=${() => setAsked(true)}>Make it ${to.toLowerCase()}…</button>`}>
    ${failure && html`<${Notice}>${why(failure)}<//>`}
    ${data.warning && html`<${Notice} tone="warn">${data.warning}<//>`}
    <${Facts} of=${[
      ["Type", data.type, WORDS[data.type]],
      ["Last switched", data.since ? full(moment(data.since)) : "never"],
      data.late.length > 0 && ["Not following yet", data.late.join(", "), "their mappings and schedules follow within minutes"],
      data.nodes.length > 0 && ["Still working on the old queues", data.nodes.join(", ")],
      data.draining.length > 0 && ["Left on the old queues", html`<ul class="ranges">${waiting}</ul>`, "they are worked off; none is lost"],
    ]} />
    ${asked && html`<${Question} title=${`Make the backbone bus ${to.toLowerCase()}?`} yes="Switch" onYes=${turn} onNo=${() => setAsked(false)}>
      <p>${to}: ${WORDS[to]}.</p>
      <p>New messages go to the other queues at once. What lies on the old ones is worked off by the nodes; nothing is lost.</p><//>`}
  <//>`;
}
