// Import: a file is tried out first, which makes nothing and says what is wrong row by row; then it is imported.

import { html, useState } from "./lib/preact.js";
import { Field } from "./forms.js";
import { useLive } from "./live.js";
import { Act, Card, Cell, Notice, Page, Question, Row, Table, Trouble } from "./parts.js";
import { Progress, useRunning } from "./progress.js";
import { call } from "./session.js";
import { count, sentence, why } from "./words.js";

const FORMATS = [["csv", "CSV, as Secret Server exports it"], ["xml", "XML, as Secret Server exports it"], ["kdbx", "KeePass database (KDBX)"], ["bitwarden", "Bitwarden (JSON, not encrypted)"]];
const BY_ENDING = { csv: "csv", txt: "csv", xml: "xml", kdbx: "kdbx", json: "bitwarden" };
const UNMATCHED = [["refuse", "is a fault of its row"], ["notes", "goes into the notes"], ["ignore", "is left out"]];
const FIRST = { file: null, format: "csv", password: "", keyFile: null, templateId: 0, folderPath: "", unmatched: "refuse", allowDuplicateSecrets: false };
const SHOWN = 100;

export function Import({ may }) {
  const templates = useLive("secret-templates?take=500&sortBy[0].name=name", 0);
  const limits = useLive("secrets/import-configuration", 0);
  const [values, setValues] = useState(FIRST);
  const [columns, setColumns] = useState([]); // [name in the file, field]
  const [renamed, setRenamed] = useState([]); // [name in the file, id of a template]
  const [tried, setTried] = useState(null); // what it would do
  const [reading, setReading] = useState(false);
  const [asking, setAsking] = useState(false);
  const [running, setRunning] = useRunning("import");
  const [failure, setFailure] = useState(null);
  const kinds = (templates.data?.records ?? []).map((one) => [one.id, one.name]);

  function set(name, value) {
    const ending = name === "file" && value?.name.toLowerCase().split(".").at(-1);
    setValues((before) => ({ ...before, [name]: value, ...(BY_ENDING[ending] && { format: BY_ENDING[ending] }) }));
    setTried(null);
  }

  async function body() {
    const { file, password, keyFile, templateId, ...rest } = values;
    const opening = values.format === "kdbx" && { password: password || null, ...(keyFile && { keyFile: await base64(keyFile) }) };
    return {
      ...rest, ...opening, file: await base64(file), templateId: Number(templateId),
      columns: columns.filter(([name]) => name).map(([name, field]) => ({ name, field })),
      templates: renamed.filter(([name, id]) => name && id).map(([name, id]) => ({ name, templateId: Number(id) })),
    };
  }

  async function tryOut() {
    setFailure(null);
    setTried(null);
    if (!values.file) throw new Error("Choose a file.");
    if (limits.data && values.file.size > limits.data.maxBytes) throw new Error("It is too large.");
    setReading(true);
    try {
      setTried(await call("POST", "secret-import/verify", await body()));
    } finally {
      setReading(false);
    }
  }

  async function begin() {
    try {
      const { bulkOperationId } = await call("POST", "secret-import", await body());
      setRunning({ id: bulkOperationId, title: `Import of ${values.file.name}` });
      setTried(null);
      setValues((before) => ({ ...before, password: "", keyFile: null }));
    } catch (error) {
      setFailure(error);
    }
    setAsking(false);
  }

  const fields = [
    { name: "file", label: "File", kind: "file", hint: limits.data && `At most ${Math.floor(limits.data.maxBytes / 1024 / 1024)} MB and ${limits.data.maxSecrets.toLocaleString("en")} secrets. It is kept nowhere as it is.` },
    { name: "format", label: "What it is", kind: "choice", options: FORMATS.filter(([name]) => name === "csv" || may("Advanced Import")) },
    ...(values.format === "kdbx" ? [{ name: "password", label: "Password of the database", kind: "password", complete: "off" }, { name: "keyFile", label: "Key file", kind: "file", hint: "If it has one." }] : []),
    { name: "templateId", label: "Template of what names none", kind: "choice", options: [[0, "none: such a row is a fault"], ...kinds] },
    { name: "folderPath", label: "Into the folder", hint: "Such as \\Imported\\Old vault; made if it is not there. Empty: where the file says." },
    { name: "unmatched", label: "A value that no field is for", kind: "choice", options: UNMATCHED },
    { name: "allowDuplicateSecrets", label: "Make a secret even where its folder has one of that name", kind: "switch" },
  ];
  return html`<${Page} title="Import" lead="Secrets of a file of another vault. It is tried out first: that makes nothing.">
    <${Trouble} error=${templates.error ?? limits.error} />
    ${running && html`<${Progress} key=${running.id} ...${running} close=${() => setRunning(null)} />`}
    <${Card} title="The file"><div class="fields narrow">
      ${fields.map((one) => html`<${Field} key=${one.name} field=${one} now=${values[one.name]} set=${(value) => set(one.name, value)} />`)}
      <${Pairs} title="Columns" of=${columns} set=${(to) => { setColumns(to); setTried(null); }} from="Name in the file" to="Field here" hint="Where the file calls a field otherwise. An empty field leaves the column out." />
      <${Pairs} title="Templates" of=${renamed} set=${(to) => { setRenamed(to); setTried(null); }} from="Name in the file" to="Template here" options=${kinds} hint="Where the file calls a template otherwise." />
      ${failure && html`<${Notice}>${sentence(why(failure))}<//>`}
      <div class="actions"><${Act} class=${tried ? "" : "main"} act=${tryOut} failed=${setFailure} done="It was tried out.">Try it out<//>${reading && html`<span class="quiet" role="status">The file is being read…</span>`}</div></div><//>
    ${tried && html`<${Tried} of=${tried} kinds=${new Map(kinds)} go=${() => setAsking(true)} />`}
    ${asking && html`<${Question} title=${`Import ${count(tried.secretCount, "secret")}?`} yes="Import" onYes=${begin} onNo=${() => setAsking(false)}>
      <p>${tried.folderCount ? `${count(tried.folderCount, "folder")} will be made for them. ` : ""}${tried.errorCount ? `${count(tried.errorCount, "row")} at fault will be left out. ` : ""}There is no way back at one go: delete
        the secrets if you do not want them.</p><//>`}
  <//>`;
}

/** A file's content as the API takes it. */
function base64(file) {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => failed(new Error("The file cannot be read any more: choose it again."));
    reader.readAsDataURL(file);
  });
}

/** Pairs of a name in the file and what it is here. */
function Pairs({ title, of, set, from, to, options, hint }) {
  const put = (place, at, value) => set(of.map((one, other) => (other === place ? one.map((each, which) => (which === at ? value : each)) : one)));
  return html`<fieldset><legend>${title}</legend><small class="note">${hint}</small>
    ${of.map(([name, here], place) => html`<div class="pair" key=${place}>
      <input type="text" aria-label=${`${title}, ${place + 1}: ${from}`} placeholder=${from} value=${name} onInput=${(event) => put(place, 0, event.target.value)} />
      ${options ? html`<select aria-label=${`${title}, ${place + 1}: ${to}`} onChange=${(event) => put(place, 1, event.target.value)}>
          ${[["", to], ...options].map(([id, text]) => html`<option key=${id} value=${id} selected=${String(id) === String(here)}>${text}</option>`)}</select>`
        : html`<input type="text" aria-label=${`${title}, ${place + 1}: ${to}`} placeholder=${to} value=${here} onInput=${(event) => put(place, 1, event.target.value)} />`}
      <button type="button" class="small" aria-label=${`Remove ${title}, ${place + 1}`} onClick=${() => set(of.filter((_, other) => other !== place))}>Remove</button></div>`)}
    <button type="button" class="small" onClick=${() => set([...of, ["", ""]])}>${`Add to ${title.toLowerCase()}`}</button></fieldset>`;
}

/** What an import would do. */
function Tried({ of, kinds, go }) {
  return html`<section aria-labelledby="tried">
    <div class="title small"><h2 id="tried">What it would do</h2><p class="lead" role="status">${count(of.secretCount, "secret")}, ${count(of.folderCount, "new folder")}, ${of.errorCount ? `${count(of.errorCount, "row")} at fault` : "nothing at fault"}</p>
      ${of.secretCount > 0 && html`<button type="button" class="main" onClick=${go}>Import ${count(of.secretCount, "secret")}…</button>`}</div>
    ${of.errors.length > 0 && html`<h3>At fault</h3><${Table} label="At fault" heads=${["Name", "Row", "What is wrong"]}>${of.errors.map((one) => html`<${Row} key=${one.place} class="troubled">
      <${Cell} head="Name"><span class="name wrap">${one.name || html`<span class="quiet">without a name</span>`}</span><//><${Cell} head="Row">${one.place}<//>
      <${Cell} head="What is wrong"><span class="wrap">${one.errorMessage}</span><//><//>`)}<//>
      ${of.errorCount > of.errors.length && html`<p class="note">Of ${of.errorCount} the first ${of.errors.length}.</p>`}`}
    ${of.secrets.length > 0 && html`<h3 class="after">Would be made</h3><${Table} label="Would be made" heads=${["Name", "Row", "Template", "Folder", "Fields"]}>${of.secrets.slice(0, SHOWN).map((one) => html`<${Row} key=${one.place}>
      <${Cell} head="Name"><span class="name wrap">${one.name}</span><//><${Cell} head="Row">${one.place}<//>
      <${Cell} head="Template">${kinds.get(one.secretTemplateId) ?? one.secretTemplateId}<//><${Cell} head="Folder"><span class="wrap">${one.folderPath || "none"}</span><//>
      <${Cell} head="Fields"><span class="wrap">${one.fields.join(", ")}</span><//><//>`)}<//>
      ${of.secretCount > SHOWN && html`<p class="note">Of ${of.secretCount} the first ${Math.min(SHOWN, of.secrets.length)}.</p>`}`}
  </section>`;
}
