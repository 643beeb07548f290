// The values of a secret. One that is hidden is in no variable and no attribute: it comes when it is asked
// for, and goes after a while. What was copied is taken off the clipboard again, if it is still there.

import { html, useEffect, useState } from "./lib/preact.js";
import { isOpen, PLAIN, reader } from "./access.js";
import { FileButtons } from "./files.js";
import { nodeTime, useNow } from "./live.js";
import { Act, Sheet, Trouble, Waiting } from "./parts.js";
import { call, saveFile } from "./session.js";
import { count, full, moment } from "./words.js";

const SHOWN_FOR = 30_000;
const CLIPBOARD_FOR = 30_000;
const DOTS = "••••••••";
const CODED = "totp-key"; // the field whose key makes one-time-password codes

const isHidden = (field) => !field.isFile && (field.isPassword || field.hideOnView);

/** former: whether he may read former values. opened: {by, first} where a second password was given: how values are read, and the first of them. */
export function Values({ of, former, opened, edited, failed, changed }) {
  if (!isOpen(of.state, opened)) return null;
  const locked = of.state.secretState !== "None"; // a second password opened it, if one did before
  return html`<${Open} key=${`${edited} ${locked}`} of=${of} former=${former} by=${locked ? opened.by : reader(of.id)} first=${edited || !locked ? null : opened.first}
    failed=${failed} changed=${changed} />`;
}

function Open({ of, former, by, first, failed, changed }) {
  const [read, setRead] = useState(first); // the secret with all that is not hidden
  const [error, setError] = useState(null);
  const [looking, setLooking] = useState(null); // the field whose former values are looked at
  useEffect(() => {
    if (read) return undefined;
    let gone = false;
    by.value(PLAIN).then((said) => gone || setRead(said), (refusal) => gone || setError(refusal));
    return () => {
      gone = true;
    };
  }, []);
  const fields = [...of.template.fields].sort((one, other) => one.sortOrder - other.sortOrder);
  const held = new Map(read?.items.map((one) => [one.slug, one]));
  return html`<${Trouble} error=${error} />
    ${!error && html`<dl class="facts values">${fields.map((one) => html`<${Value} key=${one.fieldSlugName} of=${of} former=${former} by=${by} field=${one} held=${held.get(one.fieldSlugName)}
        failed=${failed} changed=${changed} look=${() => setLooking(one)} />`)}
      ${!by.locked && held.has(CODED) && html`<${Code} id=${of.id} failed=${failed} />`}</dl>`}
    ${looking && html`<${History} by=${by} field=${looking} failed=${failed} close=${() => setLooking(null)} />`}`;
}

const path = (field) => `/fields/${encodeURIComponent(field.fieldSlugName)}`;

function Value({ of, former, by, field, held, failed, changed, look }) {
  const [asked, setAsked] = useState(null); // what was hidden, while it is shown
  const hidden = isHidden(field);
  const value = hidden ? asked : held?.itemValue ?? null;
  useEffect(() => {
    if (asked === null) return undefined;
    const timer = setTimeout(() => setAsked(null), SHOWN_FOR);
    return () => clearTimeout(timer);
  }, [asked]);

  async function turn() {
    setAsked(asked === null ? await by.value(path(field)) : null);
  }

  async function copy() {
    const text = value ?? (await by.value(path(field)));
    await navigator.clipboard.writeText(text);
    forget(text);
  }

  const name = field.displayName || field.name;
  const edits = of.state.actions.includes("Edit");
  return html`<div><dt>${name}</dt><dd class="beside-it">
    ${field.isFile ? html`<span class="value">${held?.filename || html`<span class="quiet">no file</span>`}</span>`
      : html`<span class="value ${hidden ? "mono" : ""}">${shown(field, hidden, value, edits)}</span>`}
    <div class="actions">
      ${field.isFile && html`<${FileButtons} of=${of} by=${by} path=${path(field)} slug=${field.fieldSlugName} name=${name} held=${held} edits=${edits} failed=${failed} changed=${changed} />`}
      ${hidden && html`<${Act} class="small" act=${turn} failed=${failed} aria-label=${`${value === null ? "Show" : "Hide"}: ${name}`}>${value === null ? "Show" : "Hide"}<//>`}
      ${!field.isFile && value !== "" && html`<${Act} class="small" act=${copy} failed=${failed} done=${`${name} is copied; it leaves the clipboard in ${CLIPBOARD_FOR / 1000} seconds.`} aria-label=${`Copy: ${name}`}>Copy<//>`}
      ${former && field.historyLength > 0 && html`<button type="button" class="small" onClick=${look} aria-label=${`History: ${name}`}>History</button>`}</div></dd></div>`;
}

function shown(field, hidden, value, edits) {
  if (value === null) return hidden ? html`<span aria-label="hidden">${DOTS}</span>` : "";
  if (value === "") return html`<span class="quiet">${edits ? "empty" : "nothing that you may see"}</span>`;
  if (field.isUrl && /^https?:\/\//i.test(value)) return html`<a href=${value} target="_blank" rel="noopener noreferrer">${value}</a>`;
  return value;
}

/** The present one-time-password code, for as long as it counts. */
function Code({ id, failed }) {
  const [code, setCode] = useState(null); // {text, until}
  useEffect(() => {
    if (!code) return undefined;
    const timer = setTimeout(() => setCode(null), code.until - nodeTime());
    return () => clearTimeout(timer);
  }, [code]);
  async function turn() {
    if (code) return setCode(null);
    const [now] = await call("GET", `one-time-password-code/${id}`);
    return setCode({ text: now.code, until: nodeTime() + now.remainingSeconds * 1000 });
  }
  async function copy() {
    await navigator.clipboard.writeText(code.text);
    forget(code.text);
  }
  return html`<div><dt>One-time code</dt><dd class="beside-it">
    <span class="value mono">${code ? code.text : html`<span aria-label="hidden">${DOTS}</span>`}${code && html`<${Left} until=${code.until} />`}</span>
    <div class="actions"><${Act} class="small" act=${turn} failed=${failed} aria-label=${`${code ? "Hide" : "Show"}: One-time code`}>${code ? "Hide" : "Show"}<//>
      ${code && html`<${Act} class="small" act=${copy} failed=${failed} done="The code is copied." aria-label="Copy: One-time code">Copy<//>`}</div></dd></div>`;
}

function Left({ until }) {
  const now = useNow();
  return html`<small class="note">for ${count(Math.max(0, Math.ceil((until - now) / 1000)), "more second")}</small>`;
}

/** Empties the clipboard after a while; a page that is not in front may not, and does it when it is again. */
function forget(held) {
  setTimeout(async () => {
    if (!document.hasFocus()) await new Promise((done) => addEventListener("focus", done, { once: true }));
    const there = await navigator.clipboard.readText().catch(() => held); // where reading is refused: rather empty it
    if (there === held) await navigator.clipboard.writeText("").catch(() => {});
  }, CLIPBOARD_FOR);
}

function History({ by, field, failed, close }) {
  const [data, setData] = useState(null);
  const [error, setError] = useState(null);
  const [seen, setSeen] = useState([]);
  const turn = (version) => setSeen((all) => (all.includes(version) ? all.filter((one) => one !== version) : [...all, version]));
  const fetched = async (one) => saveFile(await by.file(`${path(field)}/history/${one.version}`), one.fileName);
  useEffect(() => {
    by.value(`${path(field)}/history`).then(setData, setError);
  }, []);
  return html`<${Sheet} title=${`Former values of ${field.displayName || field.name}`} close=${close}>
    <${Trouble} error=${error} />
    ${data ? html`<ol class="former" role="list">${data.map((one) => html`<li key=${one.version}>
      <span class="value mono">${field.isFile ? one.fileName || "no file" : seen.includes(one.version) ? one.value : DOTS}</span>
      <small class="note">${full(moment(one.setAt)).slice(0, 16)} to ${full(moment(one.until)).slice(0, 16)} UTC</small>
      ${field.isFile ? one.fileName && html`<${Act} class="small" act=${() => fetched(one)} failed=${failed} done="The file is downloaded." aria-label=${`Download ${one.fileName} of ${full(moment(one.setAt)).slice(0, 19)}`}>Download<//>`
        : html`<button type="button" class="small" aria-label=${`${seen.includes(one.version) ? "Hide" : "Show"} the value of ${full(moment(one.setAt)).slice(0, 19)}`}
        onClick=${() => turn(one.version)}>${seen.includes(one.version) ? "Hide" : "Show"}</button>`}</li>`)}</ol>
      ${!data.length && html`<p class="quiet empty">It has had no other value.</p>`}` : !error && html`<${Waiting} />`}
  <//>`;
}
