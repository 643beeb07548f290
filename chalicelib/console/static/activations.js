// Activation of the licences, node by node. Any node can do it for any other.

import { html, useEffect, useRef, useState } from "./lib/preact.js";
import { useUnsaved } from "./forms.js";
import { announce, Badge, Card, Cell, Row, Table } from "./parts.js";
import { call } from "./session.js";
import { count, full, moment, plainly, why } from "./words.js";

const HEADS = ["Node", "Activation", "Since", "People's changes", "Actions"];
const FIELDS = [
  { name: "name", label: "Name", type: "text", autocomplete: "name" },
  { name: "email", label: "E-mail", type: "email", autocomplete: "email" },
  { name: "phoneNumber", label: "Telephone", type: "tel", autocomplete: "tel" },
];

export function Activations({ nodes, may, again }) {
  const [open, setOpen] = useState("");
  const missing = nodes.filter((one) => !one.activated).length;
  return html`<section aria-labelledby="activation">
    <div class="title small"><h2 id="activation">Activation</h2>
      <p class="lead">${missing ? `${count(missing, "node")} not activated` : "every node is activated"}</p></div>
    ${open && html`<${Activate} key=${open} node=${open} close=${() => setOpen("")} again=${again} />`}
    <${Table} label="Activation of nodes" heads=${HEADS}>${nodes.map((one) => html`<${Row} key=${one.machineName} class=${one.viewOnly ? "troubled" : ""}>
      <${Cell} head="Node"><span class="name">${one.machineName}</span>${one.isCurrentNode && html` <${Badge} tone="own">this node<//>`}<//>
      <${Cell} head="Activation"><${Badge} tone=${one.activated ? "good" : "warn"}>${one.activated ? "activated" : "not activated"}<//><//>
      <${Cell} head="Since">${one.activatedDate ? html`<span class="count">${full(moment(one.activatedDate)).slice(0, 16)} UTC</span>
        <small class="note">${one.activatedBy && `by ${one.activatedBy}`}</small>` : html`<span class="quiet">–</span>`}<//>
      <${Cell} head="People's changes">${one.viewOnly ? html`<span class="error">refused: view-only</span><small class="note">${plainly(one.viewOnlyReason)}</small>` : "taken"}<//>
      <${Cell} head="Actions">${may && html`<button type="button" aria-label=${`Activate ${one.machineName}${one.activated ? " again" : ""}`}
        onClick=${() => setOpen(one.machineName)}>${one.activated ? "Again…" : "Activate…"}</button>`}<//>
    <//>`)}<//>
  </section>`;
}

function Activate({ node, close, again }) {
  const [values, setValues] = useState({ name: "", email: "", phoneNumber: "" });
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const form = useRef(null);
  useUnsaved(Object.values(values).some(Boolean));
  useEffect(() => form.current.querySelector("input").focus(), []);

  async function submit(event) {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    try {
      await call("POST", `activations?node=${encodeURIComponent(node)}`, values);
      announce(`${node} is activated.`);
      again();
      close();
    } catch (refusal) {
      setError(why(refusal));
      setBusy(false);
    }
  }

  return html`<${Card} title=${`Activate ${node}`} lead="Who answers for it. This is kept in the cluster and on its audit trail; nothing is sent anywhere.">
    <form class="fields" ref=${form} novalidate onSubmit=${submit}>
      ${error && html`<p class="error" role="alert">${error}</p>`}
      <div class="row">${FIELDS.map((one) => html`<div class="field" key=${one.name}><label for=${`activate-${one.name}`}>${one.label}</label>
        <div class="entry"><input id=${`activate-${one.name}`} type=${one.type} autocomplete=${one.autocomplete} value=${values[one.name]}
          onInput=${(event) => setValues({ ...values, [one.name]: event.target.value })} /></div></div>`)}</div>
      <div class="actions end"><button type="button" onClick=${close}>Cancel</button><button class="main" aria-busy=${busy}>Activate</button></div>
    </form>
  <//>`;
}
