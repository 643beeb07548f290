// Licences: what this cluster may do and until when, its keys, and which nodes are activated.

import { html, useEffect, useRef, useState } from "./lib/preact.js";
import { Activations } from "./activations.js";
import { useUnsaved } from "./forms.js";
import { useLive } from "./live.js";
import { Act, announce, Badge, Card, Cell, Fact, Facts, Notice, Page, Question, Row, Table, Trouble, Waiting } from "./parts.js";
import { call } from "./session.js";
import { count, plainly, why } from "./words.js";

const HEADS = ["Licence", "State", "Seats", "Expires", "Activated on", "Actions"];
const SOON = 60; // days: when the first warning is raised

export function Licences({ may }) {
  const summary = useLive("licenses/summary", 10);
  const list = useLive("licenses", 10);
  const [adding, setAdding] = useState(false);
  const edits = may("Administer Licenses");
  const again = () => {
    summary.again();
    list.again();
  };
  const error = summary.error ?? list.error;
  const ready = summary.data && list.data;
  const action = edits && ready && !adding && html`<button type="button" class="main" onClick=${() => setAdding(true)}>Add a licence</button>`;
  return html`<${Page} title="Licences" lead=${summary.data && lead(summary.data)} actions=${action}>
    <${Trouble} error=${error} />
    ${ready ? html`<${Evaluation} of=${summary.data} />
      <${Head} of=${summary.data} />
      ${adding && html`<${Add} close=${() => setAdding(false)} again=${again} />`}
      <${List} of=${list.data} may=${edits} again=${again} />
      <${Activations} nodes=${summary.data.nodes} may=${edits} again=${again} />` : !error && html`<${Waiting} />`}
  <//>`;
}

function lead(of) {
  const parts = [of.company, of.edition, ...of.addOns].filter(Boolean);
  return parts.join(" · ");
}

function Evaluation({ of }) {
  if (!of.evaluation) return null;
  return html`<${Notice} tone="busy"><strong>This cluster runs on its built-in evaluation:</strong> everything is in it.
    ${of.signerSet
      ? of.evaluationEnds ? ` It ends on ${of.evaluationEnds}.` : ""
      : " It does not end while no signer of licences is set for the cluster."}<//>`;
}

function Head({ of }) {
  return html`<ul class="tiles">
    <${Fact} title="Edition" note=${of.addOns.length ? `with ${of.addOns.join(", ")}` : "no add-ons"}>${of.edition || "none"}<//>
    <li class="tile"><span class="quiet">Seats</span>
      <strong>${of.seatsUsed} of ${of.seatsTotal ?? "any number"}</strong>
      ${of.seatsTotal !== null && html`<meter aria-label="Seats in use" min="0" max=${Math.max(of.seatsTotal, of.seatsUsed)}
        high=${of.seatsTotal * 0.9} value=${of.seatsUsed}></meter>`}
      <small class="note">${seatsLeft(of)}</small></li>
    <${Fact} title="Expires" tone=${tone(of.daysLeft)} note=${of.expires ?? ""}>${days(of.daysLeft)}<//>
    <${Fact} title="Clustering" tone=${of.clusteringAllowed ? "good" : "warn"} note=${plainly(of.clusteringReason)}>
      ${of.clusteringEnabled ? "enabled" : of.clusteringAllowed ? "allowed, not enabled" : "not allowed"}<//>
  </ul>`;
}

function seatsLeft({ seatsUsed, seatsTotal }) {
  if (seatsTotal === null) return "enabled users; no limit";
  if (seatsUsed > seatsTotal) return `${count(seatsUsed - seatsTotal, "user")} too many`;
  return `enabled users; ${count(seatsTotal - seatsUsed, "seat")} free`;
}

const tone = (left) => (left === null ? "" : left < 0 ? "bad" : left <= SOON ? "warn" : "good");

function days(left) {
  if (left === null) return "never";
  if (left < 0) return `ended ${count(-left, "day")} ago`;
  return left === 0 ? "today" : `in ${count(left, "day")}`;
}

/** A new key: looked at first, then added. What it says is shown before it counts. */
function Add({ close, again }) {
  const [key, setKey] = useState("");
  const [found, setFound] = useState(null);
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const field = useRef(null);
  useUnsaved(key !== "");
  useEffect(() => field.current.focus(), []);

  async function send(dryRun) {
    if (busy) return;
    setBusy(true);
    setError("");
    try {
      const licence = await call("POST", `licenses?dryRun=${dryRun}`, { key: key.trim() });
      if (dryRun) setFound(licence);
      else {
        announce("The licence is added.");
        again();
        close();
      }
    } catch (refusal) {
      setFound(null);
      setError(why(refusal));
    }
    setBusy(false);
  }

  function submit(event) {
    event.preventDefault();
    send(!found);
  }

  return html`<${Card} title="Add a licence">
    <form class="fields" novalidate onSubmit=${submit}>
      <div class="field"><label for="key">Licence key</label>
        <textarea ref=${field} id="key" rows="4" spellcheck=${false} autocomplete="off" autocapitalize="none" class="mono"
          aria-invalid=${error ? "true" : null} aria-describedby=${error ? "key-error" : "key-hint"} value=${key}
          onInput=${(event) => { setKey(event.target.value); setFound(null); }}></textarea>
        <small class="note" id="key-hint">All of it, as it was given to you. Checking changes nothing.</small>
        ${error && html`<p class="error" id="key-error" role="alert">${error}</p>`}</div>
      ${found && html`<div role="status"><${Facts} of=${[
        ["It is for", found.company],
        ["Edition", [found.edition, ...found.addOns].join(", ")],
        ["Seats", found.seats ?? "any number"],
        ["Expires", found.expires ?? "never", found.daysLeft !== null && days(found.daysLeft)],
      ]} /></div>`}
      <div class="actions end"><button type="button" onClick=${close}>Cancel</button>
        <button class="main" disabled=${!key.trim()} aria-busy=${busy}>${found ? "Add it" : "Check"}</button></div>
    </form>
  <//>`;
}

function List({ of, may, again }) {
  const [removing, setRemoving] = useState(null); // {licence, force, words}
  const [failure, setFailure] = useState(null);

  async function remove() {
    setFailure(null);
    const { licence, force } = removing;
    try {
      await call("DELETE", `licenses/${encodeURIComponent(licence.id)}?force=${force}`);
      announce("The licence is removed.");
    } catch (error) {
      if (error.status === 409 && !force) return setRemoving({ licence, force: true, words: error.message });
      setFailure(error);
    }
    setRemoving(null);
    again();
  }

  return html`<section aria-labelledby="licences">
    <div class="title small"><h2 id="licences">Keys</h2><p class="lead">${count(of.length, "licence")} · days are UTC</p></div>
    ${failure && html`<${Notice}>${why(failure)}<//>`}
    <${Table} label="Licences" heads=${HEADS}>${of.map((one) => html`<${Row} key=${one.id} class=${one.isValid ? "" : "troubled"}>
      <${Cell} head="Licence"><div class="name">${[one.edition, ...one.addOns].filter(Boolean).join(" + ") || "Unknown"}</div>
        <small class="note">${one.company}${one.company && " · "}<span class="mono wrap">${one.id}</span></small><//>
      <${Cell} head="State"><${Badge} tone=${one.isValid ? "good" : "bad"}>${one.isValid ? "valid" : "not valid"}<//>
        ${one.state !== "Valid" && html`<small class="note">${one.state}</small>`}<//>
      <${Cell} head="Seats"><span class="count">${one.seats ?? "any number"}</span><//>
      <${Cell} head="Expires"><span class="state ${tone(one.daysLeft)}">${one.daysLeft !== null && html`<i aria-hidden="true"></i>`}${days(one.daysLeft)}</span>
        <small class="note">${one.expires ?? ""}</small><//>
      <${Cell} head="Activated on">${one.activatedNodes.length ? one.activatedNodes.join(", ") : html`<span class="quiet">${one.isBuiltIn ? "needs none" : "no node"}</span>`}<//>
      <${Cell} head="Actions">${may && !one.isBuiltIn && html`<button type="button" aria-label=${`Remove the licence ${one.id}`}
        onClick=${() => setRemoving({ licence: one, force: false })}>Remove…</button>`}<//>
    <//>`)}<//>
    ${removing && html`<${Question} title=${removing.force ? "Remove it all the same?" : "Remove this licence?"}
      yes=${removing.force ? "Do it all the same" : "Remove"} dangerous onYes=${remove} onNo=${() => setRemoving(null)}>
      ${removing.words ? plainly(removing.words)
        : html`<p>${removing.licence.edition} for ${removing.licence.company}: its edition, add-ons and seats no longer count,
          on every node at once. The key can be added again.</p>`}
    <//>`}
  </section>`;
}
