// Templates of secrets, and what passwords must meet: looked at, made and changed.

import { html, useState } from "./lib/preact.js";
import { Form } from "./dialogs.js";
import { Pager, Search, usePage } from "./lists.js";
import { useSettled } from "./live.js";
import { Badge, Cell, Page, Row, Table, Trouble, Waiting } from "./parts.js";
import { Requirements } from "./requirements.js";
import { call, ROOT } from "./session.js";
import { changerNamed, CHANGERS, Template, TYPES } from "./template.js";
import { count } from "./words.js";

const PARTS = [[0, "nothing of the account"], [1, "machine"], [2, "port"], [3, "database"], [4, "user name"], [5, "password"]];
const AS = { Notes: { isNotes: true }, Url: { isUrl: true }, Password: { isPassword: true }, File: { isFile: true }, List: { listType: "Generic" }, UrlList: { listType: "URL" } };
const BLANK = { name: "", type: "Text", isRequired: false, part: 0 };

export function Templates({ may, at, go }) {
  const id = Number(at.get("template"));
  const edits = may("Administer Secret Templates");
  const [making, setMaking] = useState(false);
  const open = (event, to) => go(event, to ? `templates?template=${to}` : "templates");
  const action = edits && !id && html`<button type="button" class="main" onClick=${() => setMaking(true)}>New template</button>`;
  return html`<${Page} title="Templates" lead=${id ? "" : "Which fields a kind of secret has, and what its passwords must meet."} actions=${action}>
    ${id ? html`<${Template} key=${id} id=${id} edits=${edits} may=${may} back=${(event) => open(event, 0)} />`
      : html`<${List} open=${open} />${may("View Password Requirements") && html`<${Requirements} edits=${may("Administer Password Requirements")} />`}`}
    ${making && html`<${Make} close=${() => setMaking(false)} made=${(one) => open(null, one.id)} />`}
  <//>`;
}

function List({ open }) {
  const [text, setText] = useState("");
  const [all, setAll] = useState(false);
  const list = usePage("secret-templates", { "filter.searchText": useSettled(text.trim()), "filter.includeInactive": all, "filter.includeSecretCount": true });
  return html`<div class="filters"><${Search} label="Search templates" value=${text} set=${setText} />
      <label class="switch"><input type="checkbox" role="switch" checked=${all} onChange=${(event) => setAll(event.target.checked)} /> <span>Inactive ones too</span></label>
      <p class="lead" role="status">${list.data && count(list.data.total, "template")}</p></div>
    <${Trouble} error=${list.error} />
    ${list.data ? html`<${Table} label="Templates" heads=${["Template", "Passwords changed by", "Secrets"]}>${list.data.records.map((one) => html`<${Row} key=${one.id}>
      <${Cell} head="Template"><a class="name wrap" href=${new URL(`templates?template=${one.id}`, ROOT)} onClick=${(event) => open(event, one.id)}>${one.name}</a>${!one.active && html` <${Badge}>inactive<//>`}<//>
      <${Cell} head="Passwords changed by"><span class=${one.passwordTypeId ? "" : "quiet"}>${changerNamed(one.passwordTypeId)}</span><//>
      <${Cell} head="Secrets">${one.secretCount}<//><//>`)}<//>` : !list.error && html`<${Waiting} />`}
    <${Pager} of=${list} label="templates" />`;
}

/** A template with its first fields. More is said of each once it is there. */
function Make({ close, made }) {
  async function save({ name, changer, fields }) {
    const named = fields.filter((one) => one.name.trim());
    return call("POST", "secret-templates", {
      name, passwordTypeId: Number(changer) || null,
      fields: named.map((one, sortOrder) => ({ name: one.name, sortOrder, isRequired: one.isRequired, ...AS[one.type], ...(Number(one.part) && Number(changer) ? { passwordTypeFieldId: Number(one.part) } : {}) })),
    });
  }
  const fields = [{ name: "name", label: "Name", about: /template.*name|name.*template/i }, { name: "changer", label: "Passwords are checked and changed by", kind: "choice", options: CHANGERS, about: /passwordTypeId/i }];
  return html`<${Form} title="New template" yes="Create" fields=${fields} first=${{ name: "", changer: 0, fields: [{ ...BLANK, name: "User name" }, { ...BLANK, name: "Password", type: "Password" }] }}
    save=${save} then=${made} done="The template is made." close=${close}>
    ${(values, set) => html`<${Fields} of=${values.fields} set=${(to) => set("fields", to)} parts=${Number(values.changer) > 0} />`}<//>`;
}

function Fields({ of, set, parts }) {
  const put = (place, more) => set(of.map((one, other) => (other === place ? { ...one, ...more } : one)));
  const choice = (place, name, label, options) => html`<select aria-label=${`${label} of field ${place + 1}`} onChange=${(event) => put(place, { [name]: event.target.value })}>
    ${options.map(([id, text]) => html`<option key=${id} value=${id} selected=${String(id) === String(of[place][name])}>${text}</option>`)}</select>`;
  return html`<fieldset><legend>Fields</legend>${parts && html`<small class="note">What a field holds of the account is said now and never again.</small>`}
    ${of.map((one, place) => html`<div class="pair" key=${place}>
      <input type="text" aria-label=${`Name of field ${place + 1}`} value=${one.name} onInput=${(event) => put(place, { name: event.target.value })} />
      ${choice(place, "type", "Type", TYPES)}
      <button type="button" class="small" aria-label=${`Remove field ${place + 1}`} onClick=${() => set(of.filter((_, other) => other !== place))}>Remove</button>
      <label class="switch"><input type="checkbox" role="switch" checked=${one.isRequired} onChange=${(event) => put(place, { isRequired: event.target.checked })} /> <span>Required</span></label>
      ${parts && choice(place, "part", "What it holds", PARTS)}</div>`)}
    <button type="button" class="small" onClick=${() => set([...of, BLANK])}>Add a field</button></fieldset>`;
}
