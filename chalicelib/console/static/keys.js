// The cluster's keys: sealing everything anew under another data key, and the operator's escrow.

import { html, useEffect, useRef, useState } from "./lib/preact.js";
import { useUnsaved } from "./forms.js";
import { useLive } from "./live.js";
import { Act, announce, Badge, Card, Command, Facts, Notice, Question, Trouble, Until } from "./parts.js";
import { call } from "./session.js";
import { full, moment, sentence, why } from "./words.js";

const PATH = "configuration/security";
const UNDER_WAY = ["Requested", "Running"];
const STATUS = { None: ["off", "never yet"], Requested: ["busy", "requested"], Running: ["busy", "running"],
  Success: ["good", "done"], Failure: ["bad", "failed"], Cancelled: ["warn", "cancelled"] };

export function Keys({ may }) {
  const rotation = useLive(may("Rotate Encryption Keys") && `${PATH}/rotate-secret-keys-status`, 4);
  const keys = useLive(may("View Key Management") && "key-management", 8);
  return html`
    ${rotation.data && html`<${Rotation} of=${rotation.data} again=${() => { rotation.again(); keys.again(); }} />`}
    ${keys.data && html`<${KeyRing} of=${keys.data} may=${may("Administer Key Management")} again=${keys.again} />`}
    ${[rotation.error, keys.error].map((error) => error && error.status !== 404 && html`<${Trouble} error=${error} />`)}`;
}

function Rotation({ of, again }) {
  const [asking, setAsking] = useState("");
  const [failure, setFailure] = useState(null);
  const running = UNDER_WAY.includes(of.lastStatus);
  const [tone, word] = STATUS[of.lastStatus] ?? ["off", of.lastStatus];

  async function post(path, said) {
    setFailure(null);
    try {
      await call("POST", `${PATH}/${path}`);
      announce(said);
    } catch (error) {
      setFailure(error);
    }
    setAsking("");
    again();
  }

  const button = running
    ? !of.progressStatus.isCancelling && html`<button type="button" onClick=${() => setAsking("cancel")}>Cancel…</button>`
    : html`<button type="button" onClick=${() => setAsking("rotate")}>Rotate…</button>`;
  return html`<${Card} title="Key rotation" badge=${html`<${Badge} tone=${tone}>${word}<//>`} action=${button}>
    ${failure && html`<${Notice}>${why(failure)}<//>`}
    <p>${sentence(of.message)}</p>
    ${running && html`<${Progress} of=${of.progressStatus} />`}
    <${Facts} of=${[
      ["Last asked for", of.lastRequestDate ? full(moment(of.lastRequestDate)) : "never"],
      ["Last run", of.lastRunDate ? full(moment(of.lastRunDate)) : "never"],
    ]} />
    ${asking === "rotate" && html`<${Question} title="Seal everything anew?" yes="Rotate" onNo=${() => setAsking("")}
      onYes=${() => post("rotate-secret-keys", "The rotation was asked for.")}>
      <p>A new data key is made, and every stored value is sealed anew under it, in the background. Reading and writing go on.</p>
      <p>It takes at least 7 minutes, because every process must have forgotten the old key first.</p><//>`}
    ${asking === "cancel" && html`<${Question} title="Cancel the rotation?" yes="Cancel the rotation" dangerous onNo=${() => setAsking("")}
      onYes=${() => post("cancel-rotate-secret-keys", "The rotation is being cancelled.")}>
      The new key stays in use for what is written from now on; what was not sealed anew keeps its old key. Nothing is lost.<//>`}
  <//>`;
}

function Progress({ of }) {
  const waits = moment(of.waitsUntil);
  const share = of.totalRowsToProcess ? Math.min(of.rowsProcessed / of.totalRowsToProcess, 1) : null;
  return html`<progress aria-label="Key rotation" max="1" value=${of.passNumber > 1 ? 1 : share}></progress>
    <p class="note">${of.passNumber <= 1
      ? `${of.rowsProcessed.toLocaleString("en")} of ${of.totalRowsToProcess.toLocaleString("en")} rows`
      : `pass ${of.passNumber}: looking for what was written meanwhile`} · ${of.valuesResealed.toLocaleString("en")} values sealed anew
      ${waits && html` · waits until every process has forgotten the old key: <${Until} at=${waits} />`}</p>`;
}

function KeyRing({ of, may, again }) {
  const primary = of.dataKeys.find((one) => one.isPrimary);
  const escrowed = of.dataKeys.filter((one) => one.isEscrowed).length;
  const [open, setOpen] = useState(false);
  const { escrow } = of;
  const state = escrow.isPending ? ["busy", "being wrapped"] : escrow.fingerprint ? ["good", "set"] : ["warn", "none"];
  const button = may && !open && html`<button type="button" aria-label="Edit: Escrow" onClick=${() => setOpen(true)}>Escrow…</button>`;
  return html`<${Card} title="Keys" action=${button}>
    <${Facts} of=${[
      ["KMS key", html`<span class="mono wrap">${of.awsKmsKeyArn}</span>`, of.awsKmsNextKeyArn
        ? `being replaced by ${of.awsKmsNextKeyArn}` : "replaced by the operator, with make rekey"],
      ["Data keys", `${of.dataKeys.length}, of which number ${primary?.id ?? "–"} seals`, primary && `made ${full(moment(primary.madeAt))}`],
      ["Fingerprint", html`<span class="mono wrap">${of.fingerprint}</span>`, "every node must have the same"],
      ["Escrow", html`<${Badge} tone=${state[0]}>${state[1]}<//>${escrow.fingerprint && html` <span class="mono">${escrow.fingerprint}</span>`}`,
        escrow.fingerprint ? `${escrowed} of ${of.dataKeys.length} data keys are also wrapped to the operator's key`
          : "without it no backup opens under another KMS key"],
    ]} />
    ${open && html`<${Escrow} now=${escrow} close=${() => setOpen(false)} again=${again} />`}
  <//>`;
}

function Escrow({ now, close, again }) {
  const [key, setKey] = useState(now.publicKey);
  const [error, setError] = useState("");
  const [ending, setEnding] = useState(false);
  const field = useRef(null);
  useUnsaved(key !== now.publicKey);
  useEffect(() => field.current.focus(), []);

  async function put(escrowPublicKey) {
    setEnding(false);
    try {
      await call("PUT", "key-management", { escrowPublicKey });
      announce(escrowPublicKey ? "The data keys are being wrapped to that key." : "Escrow has ended.");
      again();
      close();
    } catch (refusal) {
      setError(why(refusal));
    }
  }

  function submit(event) {
    event.preventDefault();
    if (key.trim()) put(key.trim());
    else setError("Paste a public key, or end escrow.");
  }

  return html`<form class="fields after" novalidate onSubmit=${submit}>
    <div class="field"><p class="note">Made offline, on the operator's machine. The private key never comes here.</p>
      <${Command} label="Make the escrow key" text="make escrow-key FILE=escrow.key" />
      <label for="escrow">Its public key</label>
      <div class="entry"><input ref=${field} id="escrow" class="mono" spellcheck=${false} autocomplete="off" value=${key}
        aria-invalid=${error ? "true" : null} aria-describedby=${error ? "escrow-error" : null} onInput=${(event) => setKey(event.target.value)} /></div>
      ${error && html`<p class="error" id="escrow-error" role="alert">${error}</p>`}</div>
    <div class="actions end">${now.fingerprint && html`<button type="button" onClick=${() => setEnding(true)}>End escrow…</button>`}
      <button type="button" onClick=${close}>Cancel</button><button class="main">Set</button></div>
    ${ending && html`<${Question} title="End escrow?" yes="End it" dangerous onYes=${() => put("")} onNo=${() => setEnding(false)}>
      Backups taken from now on open only under this cluster's KMS key. If that key is lost, so are they.<//>`}
  </form>`;
}
