// Settings in groups: shown as facts until somebody edits them, and then nothing but Save or Cancel
// ends that. What comes in meanwhile changes only what was not touched.

import { html, useEffect, useRef, useState } from "./lib/preact.js";
import { Act, announce, Card, Facts, Notice } from "./parts.js";
import { sentence, why } from "./words.js";

const unsaved = new Set();

addEventListener("beforeunload", (event) => {
  if (unsaved.size) event.preventDefault();
});

/** Whether leaving the page now would throw something away that somebody typed. */
export const hasUnsaved = () => unsaved.size > 0;

export function useUnsaved(is) {
  useEffect(() => {
    if (!is) return undefined;
    const mark = {};
    unsaved.add(mark);
    return () => unsaved.delete(mark);
  }, [is]);
}

/**
 * A group of settings with its Edit button.
 * facts:  [label, value, note] of what is so, for reading
 * fields: {name, label, kind, unit, hint, about}, or {legend, fields} for several that are one thing;
 *         about: what an error says when it means this field, where that is not its name
 * values: what is so, by the fields' names
 * save:   given the changed values by name, as the API takes them
 */
export function Group({ title, badge, lead, facts, fields, values, may, save, children }) {
  const [draft, setDraft] = useState(null); // {name: {value, base}} while editing
  const [refusal, setRefusal] = useState(null);
  const [busy, setBusy] = useState(false);
  const edit = useRef(null);
  const form = useRef(null);
  const editing = draft !== null;
  const flat = fields?.flatMap((one) => one.fields ?? [one]) ?? [];
  useUnsaved(editing && Object.keys(draft).length > 0);
  useEffect(() => {
    if (editing) form.current?.querySelector("input, select")?.focus();
  }, [editing]);

  function close() {
    setDraft(null);
    setRefusal(null);
    setTimeout(() => edit.current?.focus());
  }

  async function submit(event) {
    event.preventDefault();
    if (busy) return;
    const empty = flat.find((one) => draft[one.name]?.value === null);
    if (empty) return setRefusal({ status: 400, field: empty.name, message: `${empty.label}: a value is needed.` });
    const changed = Object.entries(draft).filter(([name, one]) => one.value !== values[name]);
    setBusy(true);
    setRefusal(null);
    try {
      if (changed.length) await save(Object.fromEntries(changed.map(([name, one]) => [name, one.value])));
      announce(changed.length ? `${title}: saved, for every node.` : `${title}: nothing was changed.`);
      close();
    } catch (error) {
      setRefusal(error);
      announce(why(error));
    } finally {
      setBusy(false);
    }
  }

  const blamed = refusal && flat.find((one) => isAbout(refusal, one, draft));
  const row = (one) => html`<${Field} key=${one.name} field=${one} now=${values[one.name]} draft=${draft[one.name]}
    error=${blamed === one ? sentence(why(refusal).replace(one.name, one.label)) : ""}
    set=${(value) => setDraft({ ...draft, [one.name]: { value, base: draft[one.name]?.base ?? values[one.name] } })} />`;
  const button = fields && may && !editing
    && html`<button type="button" ref=${edit} aria-label=${`Edit: ${title}`} onClick=${() => setDraft({})}>Edit</button>`;
  return html`<${Card} title=${title} badge=${badge} lead=${lead} action=${button}>
    ${editing ? html`<form class="fields" ref=${form} novalidate aria-label=${title} onSubmit=${submit}>
      ${refusal && !blamed && html`<${Notice}>${why(refusal)}<//>`}
      ${fields.map((one) => one.legend
        ? html`<fieldset key=${one.legend}><legend>${one.legend}</legend><div class="row">${one.fields.map(row)}</div></fieldset>`
        : row(one))}
      <div class="actions end"><button type="button" onClick=${close}>Cancel</button>
        <button class="main" aria-disabled=${busy} aria-busy=${busy}>Save</button></div>
    </form>` : html`<${Facts} of=${facts} />`}
    ${children}
  <//>`;
}

/** Whether a refusal means that field: by its words, or because it is the only one that was sent. */
export function isAbout(refusal, field, draft) {
  if (refusal.status !== 400) return false;
  if (refusal.field) return refusal.field === field.name;
  if ((field.about ?? new RegExp(field.name, "i")).test(refusal.message)) return true;
  return Object.keys(draft).length === 1 && field.name in draft;
}

export function Field({ field, now, draft, error, set }) {
  const id = `field-${field.name}`;
  const value = draft ? draft.value : now;
  const moved = draft && draft.base !== now && draft.value !== now;
  const told = [field.hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  const common = { id, "aria-describedby": told || null, "aria-invalid": error ? "true" : null };
  return html`<div class="field">
    ${field.kind === "switch"
      ? html`<label class="switch" for=${id}><input type="checkbox" role="switch" ...${common} checked=${Boolean(value)}
          onChange=${(event) => set(event.target.checked)} /> <span>${field.label}</span></label>`
      : html`<label for=${id}>${field.label}</label>
        <div class="entry"><${Entry} field=${field} common=${common} value=${value} set=${set} />
          ${field.unit && html`<span class="quiet">${field.unit}</span>`}</div>`}
    ${field.hint && html`<small class="note" id=${`${id}-hint`}>${field.hint}</small>`}
    ${moved && html`<small class="note warn">Somebody has set this to ${String(now) || "nothing"} meanwhile; saving sets yours.</small>`}
    ${error && html`<p class="error" id=${`${id}-error`} role="alert">${error}</p>`}
  </div>`;
}

function Entry({ field, common, value, set }) {
  const kind = field.kind;
  if (kind === "choice") {
    return html`<select ...${common} onChange=${(event) => set(event.target.value)}>
      ${field.options.map(([id, text]) => html`<option key=${id} value=${id} selected=${String(id) === String(value)}>${text}</option>`)}</select>`;
  }
  if (kind === "notes") {
    return html`<textarea rows="4" ...${common} value=${value} onInput=${(event) => set(event.target.value)}></textarea>`;
  }
  if (kind === "password") return html`<${Password} field=${field} common=${common} value=${value} set=${set} />`;
  if (kind === "number") {
    return html`<input type="number" inputmode="numeric" ...${common} value=${value ?? ""}
      onInput=${(event) => set(event.target.value === "" ? null : Number(event.target.value))} />`;
  }
  if (kind === "file") return html`<input type="file" ...${common} onChange=${(event) => set(event.target.files[0] ?? null)} />`;
  if (kind === "moment") {
    return html`<input type="datetime-local" ...${common} value=${value.slice(0, 16)}
      onInput=${(event) => set(event.target.value ? `${event.target.value}:00` : null)} />`;
  }
  return html`<input type="text" spellcheck=${false} autocapitalize="none" autocomplete="off" ...${common} value=${value}
    onInput=${(event) => set(event.target.value)} />`;
}

/** A password that is typed or made; it is a property of its box, never an attribute. */
function Password({ field, common, value, set }) {
  const [shown, setShown] = useState(false);
  async function make() {
    set(await field.make());
    setShown(true);
    announce(`${field.label}: a password was made.`);
  }
  return html`<input type=${shown ? "text" : "password"} class="mono" spellcheck=${false} autocapitalize="none"
      autocomplete=${field.complete ?? (field.current ? "current-password" : "new-password")} ...${common} value=${value ?? ""} onInput=${(event) => set(event.target.value)} />
    <button type="button" aria-pressed=${shown} aria-label=${`Show: ${field.label}`} onClick=${() => setShown(!shown)}>${shown ? "Hide" : "Show"}</button>
    ${field.make && html`<${Act} act=${make} aria-label=${`Generate: ${field.label}`}>Generate<//>`}`;
}

/** A PATCH body of the API: each value as {dirty, value}. */
export const dirty = (values) =>
  ({ data: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { dirty: true, value }])) });
