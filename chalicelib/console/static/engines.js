// Distributed engines: who is there, who is approved, whose clock is wrong.

import { html } from "./lib/preact.js";
import { useLive } from "./live.js";
import { Ago, Badge, Cell, Row, Table, Trouble } from "./parts.js";
import { count, span } from "./words.js";

const HEADS = ["Engine", "Connection", "Activation", "Version", "Clock", "Last seen"];

export function Engines() {
  const { data, error } = useLive("distributed-engine/engines?take=200", 10);
  const rows = data?.records;
  return html`<section aria-labelledby="engines">
    <div class="title small"><h2 id="engines">Engines</h2><p class="lead">${rows && lead(rows)}</p></div>
    <${Trouble} error=${error} />
    ${rows?.length > 0 && html`<${Table} label="Engines" heads=${HEADS}>
      ${rows.map((one) => html`<${Engine} key=${one.engineId} one=${one} />`)}
    <//>`}
  </section>`;
}

function lead(rows) {
  if (!rows.length) return "none has registered; site Local works without one";
  const online = rows.filter((one) => one.connectionStatus === "Online").length;
  return `${count(rows.length, "engine")} · ${online} online`;
}

function Engine({ one }) {
  const online = one.connectionStatus === "Online";
  const pending = one.activationStatus === "Pending";
  return html`<${Row}>
    <${Cell} head="Engine"><div class="name">${one.friendlyName}</div>
      <small class="note">${one.hostName}${one.siteId ? ` · site ${one.siteId}` : ""}</small><//>
    <${Cell} head="Connection"><span class="state ${online ? "good" : "bad"}"><i aria-hidden="true"></i>${one.connectionStatus}</span><//>
    <${Cell} head="Activation"><${Badge} tone=${pending ? "warn" : one.activationStatus === "Activated" ? "good" : "off"}>${one.activationStatus}<//><//>
    <${Cell} head="Version"><span class="mono">${one.currentVersion}</span><//>
    <${Cell} head="Clock">${one.timeMismatch ? html`<span class="error">${span(Math.abs(one.timeMismatchSeconds))} off</span>` : "right"}<//>
    <${Cell} head="Last seen"><${Ago} at=${one.lastConnected} /><//>
  <//>`;
}
