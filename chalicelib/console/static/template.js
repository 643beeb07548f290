// One template: how its secrets are, and its fields.

import { html, useState } from "./lib/preact.js";
import { Form } from "./dialogs.js";
import { dirty } from "./forms.js";
import { useLive } from "./live.js";
import { Act, Badge, Card, Cell, Facts, Notice, Question, Row, Table, Trouble, Waiting } from "./parts.js";
import { call } from "./session.js";
import { count, sentence, why } from "./words.js";

export const CHANGERS = [[0, "nothing"], [3, "SSH"], [30, "PostgreSQL"]]; // of the API, by number
export const TYPES = [["Text", "Text"], ["Password", "Password"], ["Notes", "Notes"], ["Url", "Address (URL)"], ["File", "File"], ["List", "List"], ["UrlList", "List of addresses"]];
const KEPT = ["Password", "File"]; // a field that is one keeps its type
const EDITORS = [["Edit", "editors"], ["Owner", "owners"], ["NotEditable", "nobody once it is set"]];
const HEADS = ["Field", "Type", "Rules", "Former values", "Actions"];

export const changerNamed = (id) => CHANGERS.find(([known]) => known === (id ?? 0))?.[1] ?? `number ${id}`;

const changedOf = (values, first) => Object.fromEntries(Object.entries(values).filter(([name, value]) => value !== first[name]));

export function Template({ id, edits, may, back }) {
  const detail = useLive(`v2:secret-templates/${id}`, 0);
  const fields = useLive(`secret-templates/fields/search?filter.secretTemplateId=${id}&filter.includeInactive=true&take=100`, 0);
  const changer = useLive(`secret-templates/${id}/password-type`, 0);
  const [doing, setDoing] = useState({}); // {what, field}
  const [failure, setFailure] = useState(null);
  const close = () => setDoing({});
  const error = detail.error ?? fields.error ?? changer.error;
  const leave = html`<div class="actions folder"><button type="button" onClick=${back}>Back to the list</button></div>`;
  if (!detail.data || !fields.data || !changer.data) return html`${leave}<${Trouble} error=${error} />${!error && html`<${Waiting} />`}`;

  async function attempt(method, path, body) {
    setFailure(null);
    const given = await call(method, path, body);
    for (const one of [detail, fields, changer]) one.again();
    return given;
  }

  const of = detail.data;
  const patch = (values) => attempt("PATCH", `v2:secret-templates/${id}`, dirty(values));
  const patchField = (field, values) => attempt("PATCH", `secret-templates/fields/${field}`, dirty(values));
  const each = [...fields.data.records].sort((one, other) => one.sortOrder - other.sortOrder);
  const { what, field } = doing;
  return html`${leave}<${Trouble} error=${error} />
    ${failure && html`<${Notice}>${sentence(why(failure))}<//>`}
    <${Card} title=${of.name} badge=${!of.active && html`<${Badge}>inactive<//>`} lead=${of.description}>
      ${edits && html`<div class="actions"><button type="button" onClick=${() => setDoing({ what: "edit" })}>Edit…</button>
        <button type="button" onClick=${() => setDoing({ what: "add" })}>New field…</button>
        ${of.active ? html`<button type="button" onClick=${() => setDoing({ what: "rest" })}>Deactivate…</button>` : html`<${Act} act=${() => patch({ active: true })} failed=${setFailure} done="It is active.">Activate<//>`}</div>`}
      <${Facts} of=${[
        ["Secrets", String(of.secretCount)],
        ["Passwords changed by", changerNamed(changer.data.passwordTypeId), changer.data.passwordTypeId && `tried every ${changer.data.heartbeatIntervalDisplay}`],
        ["Expires", of.expirationDays ? `${count(of.expirationDays, "day")} after each change` : "never"],
        ["Names", of.namePattern ? html`<span class="mono wrap">${of.namePattern}</span>` : "any", of.namePatternErrorMessage],
        ["Refuses poor passwords", [of.validatePasswordRequirementsOnCreate && "when a secret is made", of.validatePasswordRequirementsOnEdit && "when it is edited"].filter(Boolean).join(" and ") || "never"],
      ]} /><//>
    <section aria-labelledby="fields"><div class="title small"><h2 id="fields">Fields</h2><p class="lead">${count(each.filter((one) => one.active).length, "field")}</p></div>
      <${Table} label="Fields" heads=${edits ? HEADS : HEADS.slice(0, 4)}>${each.map((one) => html`<${Row} key=${one.id}>
        <${Cell} head="Field"><span class="name">${one.name}</span>${!one.active && html` <${Badge}>taken off<//>`}<small class="note mono">${one.slugName}</small>${one.description && html`<small class="note wrap">${one.description}</small>`}<//>
        <${Cell} head="Type">${TYPES.find(([name]) => name === one.type)?.[1] ?? one.type}<//>
        <${Cell} head="Rules">${[one.required && "required", one.searchable && "searched", one.viewingRequiresEdit && "seen by editors only",
          one.editRequiresPermission !== "Edit" && `changed by ${EDITORS.find(([name]) => name === one.editRequiresPermission)?.[1]}`].filter(Boolean).join(", ") || html`<span class="quiet">none</span>`}<//>
        <${Cell} head="Former values">${one.historyLength || html`<span class="quiet">none</span>`}<//>
        ${edits && html`<${Cell} head="Actions"><div class="actions"><button type="button" class="small" aria-label=${`Edit ${one.name}`} onClick=${() => setDoing({ what: "field", field: one })}>Edit</button>
          ${one.active ? html`<button type="button" class="small" aria-label=${`Take off ${one.name}`} onClick=${() => setDoing({ what: "off", field: one })}>Take off</button>`
            : html`<${Act} class="small" act=${() => patchField(one.id, { active: true })} failed=${setFailure} done="The field is back." aria-label=${`Put back ${one.name}`}>Put back<//>`}</div><//>`}
      <//>`)}<//></section>
    ${what === "edit" && html`<${Edit} of=${of} patch=${patch} close=${close} />`}
    ${what === "add" && html`<${Form} title="New field" yes="Add it" fields=${[{ name: "name", label: "Name", about: /name/i }, { name: "dataType", label: "Type", kind: "choice", options: TYPES }, { name: "description", label: "What it is for" }]}
      first=${{ name: "", dataType: "Text", description: "" }} save=${(data) => attempt("POST", `secret-templates/${id}/fields`, { data })} done="The field is added." close=${close} />`}
    ${what === "field" && html`<${EditField} id=${field.id} may=${may} patch=${(values) => patchField(field.id, values)} close=${close} />`}
    ${what === "rest" && html`<${Question} title=${`Deactivate ${of.name}?`} yes="Deactivate" onNo=${close} onYes=${() => patch({ active: false }).catch(setFailure).finally(close)}>
      No secret is made of it any more. ${count(of.secretCount, "secret")} of it stay as they are.<//>`}
    ${what === "off" && html`<${Question} title=${`Take ${field.name} off ${of.name}?`} yes="Take off" dangerous onNo=${close} onYes=${() => patchField(field.id, { active: false }).catch(setFailure).finally(close)}>
      ${count(of.secretCount, "secret")} will not show it any more. Their values are kept, and come back with the field.<//>`}`;
}

function Edit({ of, patch, close }) {
  const first = {
    name: of.name, description: of.description, expirationEnabled: Boolean(of.expirationDays), expirationDays: of.expirationDays ?? 90, namePattern: of.namePattern, namePatternErrorMessage: of.namePatternErrorMessage,
    validatePasswordRequirementsOnCreate: of.validatePasswordRequirementsOnCreate, validatePasswordRequirementsOnEdit: of.validatePasswordRequirementsOnEdit,
  };
  async function save(values) {
    const changed = changedOf(values, first);
    if (values.expirationEnabled && changed.expirationEnabled) changed.expirationDays = values.expirationDays;
    if (Object.keys(changed).length) await patch(changed);
  }
  const fields = ({ expirationEnabled }) => [
    { name: "name", label: "Name", about: /\bname\b/i }, { name: "description", label: "What it is for" },
    { name: "expirationEnabled", label: "Its secrets expire", kind: "switch" },
    ...(expirationEnabled ? [{ name: "expirationDays", label: "After", kind: "number", unit: "days", about: /expiration|days/i, hint: "A secret follows with its next change of password." }] : []),
    { name: "namePattern", label: "Names match", about: /pattern/i, hint: "A regular expression; empty: any name." },
    { name: "namePatternErrorMessage", label: "What is said when one does not" },
    { name: "validatePasswordRequirementsOnCreate", label: "Refuse passwords that do not meet their requirement when a secret is made", kind: "switch" },
    { name: "validatePasswordRequirementsOnEdit", label: "And when it is edited", kind: "switch" },
  ];
  return html`<${Form} title=${`Edit ${of.name}`} fields=${fields} first=${first} save=${save} done="The template is changed." close=${close} />`;
}

const lines = (text) => [...new Set(text.split("\n").map((one) => one.trim()).filter(Boolean))];

function EditField({ id, may, patch, close }) {
  const { data: of, error } = useLive(`secret-templates/fields/${id}`, 0);
  const rules = useLive(may("View Password Requirements") && "password-requirements?take=200", 0);
  if (!of) return html`<${Trouble} error=${error} />`;
  const known = of.dropdownOptions.map((one) => one.value);
  const isPassword = of.dataType === "Password";
  const first = {
    name: of.name, dataType: of.dataType, description: of.description, required: of.required, searchable: of.searchable, historyLength: of.historyLength, sortOrder: of.sortOrder,
    editRequiresPermission: of.editRequiresPermission, viewingRequiresEdit: of.viewingRequiresEdit, passwordRequirement: of.passwordRequirement ?? 0, options: known.join("\n"),
  };
  async function save({ options, ...values }) {
    const changed = changedOf(values, first);
    if ("passwordRequirement" in changed) changed.passwordRequirement = Number(changed.passwordRequirement) || null;
    const wanted = lines(options);
    const added = wanted.filter((one) => !known.includes(one));
    const gone = of.dropdownOptions.filter((one) => !wanted.includes(one.value));
    if (added.length) changed.dropdownOptionsToAdd = added;
    if (gone.length) changed.dropdownOptionsToRemove = gone;
    if (Object.keys(changed).length) await patch(changed);
  }
  const fields = [
    { name: "name", label: "Name", about: /\bname\b/i }, { name: "description", label: "What it is for" },
    ...(KEPT.includes(of.dataType) ? [] : [{ name: "dataType", label: "Type", kind: "choice", options: TYPES.filter(([name]) => !KEPT.includes(name)), about: /dataType|type/i }]),
    { name: "required", label: "Required", kind: "switch" },
    ...(KEPT.includes(of.dataType) ? [] : [{ name: "searchable", label: "Secrets are found by it", kind: "switch" },
      { name: "options", label: "Nothing but one of these", kind: "notes", about: /option/i, hint: "One a line; empty: anything." }]),
    ...(isPassword && rules.data ? [{ name: "passwordRequirement", label: "Must meet", kind: "choice", options: [[0, "nothing"], ...rules.data.records.map((one) => [one.passwordRequirementId, one.name])] }] : []),
    { name: "viewingRequiresEdit", label: "Only who may edit the secret sees it", kind: "switch" },
    { name: "editRequiresPermission", label: "Changed by", kind: "choice", options: EDITORS },
    { name: "historyLength", label: "Former values that are kept", kind: "number", about: /history/i },
    { name: "sortOrder", label: "Place in the order", kind: "number", about: /sort/i },
  ];
  return html`<${Form} title=${`Edit the field ${of.name}`} fields=${fields} first=${first} save=${save} done="The field is changed." close=${close} />`;
}
