// Advanced settings: every one by name, with what it is for, found by word and changed in its row.

import { html, useEffect, useRef, useState } from "./lib/preact.js";
import { useUnsaved } from "./forms.js";
import { useLive } from "./live.js";
import { announce, Badge, Cell, Row, Table, Trouble, Waiting } from "./parts.js";
import { call } from "./session.js";
import { count, sentence, span, why } from "./words.js";

const HEADS = ["Setting", "Value", "Default", "Actions"];

export function Advanced({ may, told }) {
  const { data, error, again } = useLive("advanced-config-settings?take=500", 15);
  const [word, setWord] = useState("");
  const [open, setOpen] = useState([]); // ids of those being edited: these stay, whatever is searched for
  const all = data?.records ?? [];
  const wanted = word.trim().toLowerCase();
  const text = (one) => `${one.settingName} ${one.description} ${one.value}`.toLowerCase();
  const found = all.filter((one) => open.includes(one.advancedSettingId) || text(one).includes(wanted));
  const changed = all.filter((one) => one.value !== one.defaultValue).length;

  async function save(one, value) {
    await call("PUT", "advanced-config-settings", { advancedSettingId: one.advancedSettingId, value });
    again();
    told();
  }

  return html`<section aria-labelledby="advanced">
    <div class="title small"><h2 id="advanced">Advanced settings</h2>
      <p class="lead" role="status">${data && (wanted ? `${found.length} of ${all.length}` : `${count(all.length, "setting")} · ${changed} changed from the default`)}</p>
      <input class="search" type="search" aria-label="Search the advanced settings" placeholder="Search" value=${word}
        onInput=${(event) => setWord(event.target.value)} /></div>
    <${Trouble} error=${error} />
    ${data ? html`<${Table} label="Advanced settings" heads=${may ? HEADS : HEADS.slice(0, 3)}>
      ${found.map((one) => html`<${Setting} key=${one.advancedSettingId} one=${one} may=${may} save=${save}
        open=${open.includes(one.advancedSettingId)}
        turn=${(on) => setOpen((ids) => (on ? [...ids, one.advancedSettingId] : ids.filter((id) => id !== one.advancedSettingId)))} />`)}
    <//>` : !error && html`<${Waiting} />`}
    ${data && !found.length && html`<p class="quiet empty">No setting has “${word}” in its name, its description or its value.</p>`}
  </section>`;
}

function Setting({ one, may, open, turn, save }) {
  const edit = useRef(null);
  function close() {
    turn(false);
    setTimeout(() => edit.current?.focus());
  }
  const isDefault = one.value === one.defaultValue;
  return html`<${Row}>
    <${Cell} head="Setting"><div class="name">${one.settingName}</div><small class="note">${one.description}</small><//>
    <${Cell} head="Value">${open
      ? html`<${Editor} one=${one} close=${close} save=${save} />`
      : html`<${Value} of=${one} text=${one.value} />${!isDefault && html` <${Badge} tone="busy">changed<//>`}`}<//>
    <${Cell} head="Default"><span class="quiet"><${Value} of=${one} text=${one.defaultValue} /></span><//>
    ${may && html`<${Cell} head="Actions"><div class="actions">${!open && html`<button type="button" ref=${edit}
      aria-label=${`Edit: ${one.settingName}`} onClick=${() => turn(true)}>Edit</button>`}</div><//>`}
  <//>`;
}

/** A value as text; seconds are also said as people say them. */
function Value({ of, text }) {
  if (!text) return html`<span class="quiet">none</span>`;
  const seconds = isSeconds(of) && Number(text);
  return html`<span class="mono wrap">${text}${isSeconds(of) ? " s" : ""}</span>
    ${seconds >= 60 && html` <small class="quiet still">${span(seconds)}</small>`}`;
}

const isSeconds = (one) => one.typeName === "Integer" && one.settingName.includes("Seconds");

function Editor({ one, close, save }) {
  const [value, setValue] = useState(one.value);
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const field = useRef(null);
  const base = useRef(one.value);
  const id = `setting-${one.advancedSettingId}`;
  useUnsaved(value !== base.current);
  useEffect(() => field.current.focus(), []);

  async function submit(event) {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    try {
      await save(one, value);
      announce(`${one.settingName}: saved, for every node.`);
      close();
    } catch (refusal) {
      setError(sentence(why(refusal)));
      setBusy(false);
    }
  }

  const common = { id, "aria-label": one.settingName, "aria-invalid": error ? "true" : null, "aria-describedby": error ? `${id}-error` : null };
  return html`<form class="inline" novalidate onSubmit=${submit} onKeyDown=${(event) => event.key === "Escape" && close()}>
    <div class="entry">${one.typeName === "Boolean"
      ? html`<select ref=${field} ...${common} onChange=${(event) => setValue(event.target.value)}>
          ${["true", "false"].map((text) => html`<option key=${text} selected=${text === value}>${text}</option>`)}</select>`
      : html`<input ref=${field} ...${common} type="text" spellcheck=${false} autocapitalize="none" autocomplete="off"
          value=${value} onInput=${(event) => setValue(event.target.value)} />`}
      ${isSeconds(one) && html`<span class="quiet">s</span>`}</div>
    ${error && html`<p class="error" id=${`${id}-error`} role="alert">${error}</p>`}
    ${base.current !== one.value && html`<small class="note warn">Somebody has set this to ${one.value || "nothing"} meanwhile; saving sets yours.</small>`}
    <div class="actions"><button class="main" aria-disabled=${busy}>Save</button>
      <button type="button" onClick=${close}>Cancel</button>
      ${value !== one.defaultValue && html`<button type="button" class="plain" onClick=${() => setValue(one.defaultValue)}>Default</button>`}</div>
  </form>`;
}
