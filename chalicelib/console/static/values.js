// The values of a secret. One that is hidden is in no variable and no attribute: it comes when it is asked
// for, and goes after a while. What was copied is taken off the clipboard again, if it is still there.

import { html, useEffect, useState } from "./lib/preact.js";
import { isOpen } from "./checkout.js";
import { Act, Sheet, Trouble, Waiting } from "./parts.js";
import { useLive } from "./live.js";
import { call } from "./session.js";
import { full, moment, sentence, why } from "./words.js";

const SHOWN_FOR = 30_000;
const CLIPBOARD_FOR = 30_000;
const DOTS = "••••••••";

const isHidden = (field) => field.isPassword || field.hideOnView;

export function Values({ of, edited, failed }) {
  const [looking, setLooking] = useState(null); // the field whose former values are looked at
  if (!isOpen(of.state)) return null;
  const fields = [...of.template.fields].sort((one, other) => one.sortOrder - other.sortOrder);
  return html`<dl class="facts values">${fields.map((one) => html`<${Value} key=${`${one.fieldSlugName} ${edited}`} id=${of.id} field=${one}
      failed=${failed} look=${() => setLooking(one)} />`)}</dl>
    ${looking && html`<${History} id=${of.id} field=${looking} close=${() => setLooking(null)} />`}`;
}

const path = (id, field) => `secrets/${id}/fields/${encodeURIComponent(field.fieldSlugName)}`;

function Value({ id, field, failed, look }) {
  const [value, setValue] = useState(null); // null while it is hidden
  const [refusal, setRefusal] = useState(null);
  const hidden = isHidden(field);
  useEffect(() => {
    if (hidden || field.isFile) return undefined;
    let gone = false;
    call("GET", path(id, field)).then((said) => gone || setValue(said), (error) => gone || setRefusal(error));
    return () => {
      gone = true;
    };
  }, []);
  useEffect(() => {
    if (!hidden || value === null) return undefined;
    const timer = setTimeout(() => setValue(null), SHOWN_FOR);
    return () => clearTimeout(timer);
  }, [value]);

  async function turn() {
    setValue(value === null ? await call("GET", path(id, field)) : null);
  }

  async function copy() {
    const held = value ?? (await call("GET", path(id, field)));
    await navigator.clipboard.writeText(held);
    forget(held);
  }

  const name = field.displayName || field.name;
  const buttons = !field.isFile && html`<div class="actions">
    ${hidden && html`<${Act} class="small" act=${turn} failed=${failed} aria-label=${`${value === null ? "Show" : "Hide"}: ${name}`}>${value === null ? "Show" : "Hide"}<//>`}
    ${value !== "" && html`<${Act} class="small" act=${copy} failed=${failed} done=${`${name} is copied; it leaves the clipboard in ${CLIPBOARD_FOR / 1000} seconds.`} aria-label=${`Copy: ${name}`}>Copy<//>`}
    ${field.historyLength > 0 && html`<button type="button" class="small" onClick=${look} aria-label=${`History: ${name}`}>History</button>`}</div>`;
  return html`<div><dt>${name}</dt><dd class="beside-it">
    ${refusal ? html`<span class="error">${sentence(why(refusal))}</span>` : html`<span class="value ${hidden ? "mono" : ""}">${shown(field, hidden, value)}</span>`}
    ${!refusal && buttons}</dd></div>`;
}

function shown(field, hidden, value) {
  if (field.isFile) return html`<span class="quiet">a file, through the API</span>`;
  if (value === null) return hidden ? html`<span aria-label="hidden">${DOTS}</span>` : "";
  if (value === "") return html`<span class="quiet">empty</span>`;
  if (field.isUrl && /^https?:\/\//i.test(value)) return html`<a href=${value} target="_blank" rel="noopener noreferrer">${value}</a>`;
  return value;
}

/** Empties the clipboard after a while; a page that is not in front may not, and does it when it is again. */
function forget(held) {
  setTimeout(async () => {
    if (!document.hasFocus()) await new Promise((done) => addEventListener("focus", done, { once: true }));
    const there = await navigator.clipboard.readText().catch(() => held); // where reading is refused: rather empty it
    if (there === held) await navigator.clipboard.writeText("").catch(() => {});
  }, CLIPBOARD_FOR);
}

function History({ id, field, close }) {
  const { data, error } = useLive(`${path(id, field)}/history`, 0);
  const [seen, setSeen] = useState([]);
  return html`<${Sheet} title=${`Former values of ${field.displayName || field.name}`} close=${close}>
    <${Trouble} error=${error} />
    ${data ? html`<ol class="former" role="list">${data.map((one) => html`<li key=${one.version}>
      <span class="value mono">${seen.includes(one.version) ? one.value : DOTS}</span>
      <small class="note">${full(moment(one.setAt)).slice(0, 16)} to ${full(moment(one.until)).slice(0, 16)} UTC</small>
      <button type="button" class="small" aria-label=${`${seen.includes(one.version) ? "Hide" : "Show"} the value of ${full(moment(one.setAt)).slice(0, 19)}`}
        onClick=${() => setSeen((all) => (all.includes(one.version) ? all.filter((seenOne) => seenOne !== one.version) : [...all, one.version]))}>
        ${seen.includes(one.version) ? "Hide" : "Show"}</button></li>`)}</ol>
      ${!data.length && html`<p class="quiet empty">It has had no other value.</p>`}` : !error && html`<${Waiting} />`}
  <//>`;
}
