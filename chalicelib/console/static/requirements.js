// Password requirements: how long, of which characters, by which rules.

import { html, useState } from "./lib/preact.js";
import { Form } from "./dialogs.js";
import { dirty } from "./forms.js";
import { Pager, usePage } from "./lists.js";
import { useLive } from "./live.js";
import { Badge, Cell, Facts, Row, Sheet, Table, Trouble, Waiting } from "./parts.js";
import { call } from "./session.js";
import { count } from "./words.js";

const KINDS = [["MinimumOf", "at least so many of"], ["StartsWith", "begins with so many of"], ["EndsWith", "ends with so many of"],
  ["MaxConsecutive", "at most so many in a row of"], ["Repeating", "the same one at most so often"], ["RepeatingConsecutive", "the same one in a row at most so often"]];
const ANY = [0, "any character"];
const SWITCHES = [["preventUsername", "without the user name"], ["preventSequentialPattern", "without sequences, as abcd"], ["preventSpatialPattern", "without runs of the keyboard, as qwer"]];
const NEW = {
  name: "", description: "", minPasswordLength: 12, maxPasswordLength: 128, allowedCharacterSet: 1, minimumRequiredCharacterSets: null, preventUsername: false, preventSequentialPattern: false,
  preventSpatialPattern: false, isDefault: false, rules: [],
};

export function Requirements({ edits }) {
  const list = usePage("password-requirements", {});
  const [doing, setDoing] = useState({}); // {id, edits}; an id of 0 makes one
  const close = () => setDoing({});
  return html`<section aria-labelledby="requirements"><div class="title small"><h2 id="requirements">What passwords must meet</h2><p class="lead">${list.data && count(list.data.total, "requirement")}</p>
      ${edits && html`<button type="button" onClick=${() => setDoing({ id: 0, edits: true })}>New requirement</button>`}</div>
    <${Trouble} error=${list.error} />
    ${list.data ? html`<${Table} label="Password requirements" heads=${["Requirement", "What for", "Actions"]}>${list.data.records.map((one) => html`<${Row} key=${one.passwordRequirementId}>
      <${Cell} head="Requirement"><span class="name wrap">${one.name}</span>${one.isDefault && html` <${Badge} tone="own">default<//>`}<//>
      <${Cell} head="What for"><span class="wrap">${one.description || "–"}</span><//>
      <${Cell} head="Actions"><div class="actions"><button type="button" class="small" aria-label=${`Look at ${one.name}`} onClick=${() => setDoing({ id: one.passwordRequirementId })}>Look at</button>
        ${edits && html`<button type="button" class="small" aria-label=${`Edit ${one.name}`} onClick=${() => setDoing({ id: one.passwordRequirementId, edits: true })}>Edit</button>`}</div><//>
    <//>`)}<//>` : !list.error && html`<${Waiting} />`}
    <${Pager} of=${list} label="requirements" />
    ${"id" in doing && (doing.edits ? html`<${Edit} id=${doing.id} again=${list.again} close=${close} />` : html`<${Look} id=${doing.id} close=${close} />`)}
  </section>`;
}

const kindOf = (rule) => KINDS.find(([name]) => name === rule.passwordRequirementType)?.[1] ?? rule.passwordRequirementType;

function Look({ id, close }) {
  const { data: of, error } = useLive(`password-requirements/${id}`, 0);
  if (!of) return html`<${Trouble} error=${error} />`;
  const rule = (one) => `${kindOf(one)}${one.characterSet.characterSetId ? ` ${one.characterSet.name}` : ""}: ${one.minCharactersRequired}`;
  return html`<${Sheet} title=${of.name} close=${close}>${of.description && html`<p class="lead">${of.description}</p>`}<${Facts} of=${[
    ["Length", `${of.minPasswordLength} to ${of.maxPasswordLength}`], ["Of", of.allowedCharacterSet.name, html`<span class="mono wrap">${of.allowedCharacterSet.value}</span>`],
    ["Rules", of.passwordRequirementRules.length ? html`<ul>${of.passwordRequirementRules.map((one) => html`<li key=${one.passwordRequirementRuleId}>${rule(one)}</li>`)}</ul>` : "none",
      of.minimumRequiredCharacterSets && `of those with “at least” ${of.minimumRequiredCharacterSets} are enough`],
    ["Besides", SWITCHES.filter(([name]) => of[name]).map(([, words]) => words).join(", ") || "nothing"],
    ["For example", html`<span class="mono wrap">${of.example}</span>`],
    ["Used by", of.typeUsage.join(", ") || "no template", count(of.secretUsage, "secret")],
  ]} /><//>`;
}

function Edit({ id, again, close }) {
  const known = useLive(id && `password-requirements/${id}`, 0);
  const sets = useLive("character-sets?take=100", 0);
  if ((id && !known.data) || !sets.data) return html`<${Trouble} error=${known.error ?? sets.error} />`;
  const of = known.data;
  const first = of ? {
    ...Object.fromEntries(Object.keys(NEW).map((name) => [name, of[name]])), allowedCharacterSet: of.allowedCharacterSet.characterSetId,
    rules: of.passwordRequirementRules.map((one) => ({ id: one.passwordRequirementRuleId, kind: one.passwordRequirementType, number: one.minCharactersRequired, set: one.characterSet.characterSetId })),
  } : NEW;
  const options = sets.data.records.map((one) => [one.characterSetId, `${one.name} (${one.abbreviation})`]);
  const sent = (rules) => rules.map((one) => ({ passwordRequirementRuleId: one.id, passwordRequirementType: one.kind, minCharactersRequired: Number(one.number), characterSetId: Number(one.set) || null }));

  async function save({ rules, ...values }) {
    if (!of) {
      const { allowedCharacterSet, minimumRequiredCharacterSets: enough, ...rest } = values;
      await call("POST", "password-requirements", { data: { ...rest, allowedCharacterSetId: Number(allowedCharacterSet), ...(enough && { minimumRequiredCharacterSets: enough }), passwordRequirementRules: sent(rules) } });
    } else {
      const changed = Object.fromEntries(Object.entries(values).filter(([name, value]) => String(value) !== String(first[name])));
      if ("allowedCharacterSet" in changed) changed.allowedCharacterSet = Number(changed.allowedCharacterSet);
      if (Object.keys(changed).length) await call("PATCH", `password-requirements/${id}`, dirty(changed));
      if (rules !== first.rules) await call("PUT", `password-requirements/${id}/rules`, { data: sent(rules) });
    }
    again();
  }
  const fields = [
    { name: "name", label: "Name", about: /\bname\b/i }, { name: "description", label: "What for" },
    { name: "minPasswordLength", label: "Shortest", kind: "number", unit: "characters", about: /min.*length|length|shorter/i }, { name: "maxPasswordLength", label: "Longest", kind: "number", unit: "characters", about: /max.*length/i },
    { name: "allowedCharacterSet", label: "Of", kind: "choice", options }, { name: "minimumRequiredCharacterSets", label: "Of the rules “at least”, enough", kind: "number", about: /minimumRequired/i, hint: "Empty: all of them." },
    ...SWITCHES.map(([name, words]) => ({ name, label: words[0].toUpperCase() + words.slice(1), kind: "switch" })),
    ...(of?.isDefault ? [] : [{ name: "isDefault", label: "It is the default", kind: "switch" }]),
  ];
  return html`<${Form} title=${of ? `Edit ${of.name}` : "New requirement"} yes=${of ? "Save" : "Create"} lead=${of && `Used by ${of.typeUsage.join(", ") || "no template"}; ${count(of.secretUsage, "secret")}.`}
    fields=${fields} first=${first} save=${save} done="The requirement is saved." close=${close}>
    ${(values, set) => html`<${Rules} of=${values.rules} set=${(to) => set("rules", to)} sets=${options} />`}<//>`;
}

function Rules({ of, set, sets }) {
  const put = (place, more) => set(of.map((one, other) => (other === place ? { ...one, ...more } : one)));
  const choice = (place, name, label, options) => html`<select aria-label=${`${label} of rule ${place + 1}`} onChange=${(event) => put(place, { [name]: event.target.value })}>
    ${options.map(([id, text]) => html`<option key=${id} value=${id} selected=${String(id) === String(of[place][name])}>${text}</option>`)}</select>`;
  return html`<fieldset><legend>Rules</legend>${of.map((one, place) => html`<div class="pair" key=${place}>
      ${choice(place, "kind", "Kind", KINDS)}${choice(place, "set", "Characters", [ANY, ...sets])}
      <button type="button" class="small" aria-label=${`Remove rule ${place + 1}`} onClick=${() => set(of.filter((_, other) => other !== place))}>Remove</button>
      <input type="number" inputmode="numeric" min="0" aria-label=${`Number of rule ${place + 1}`} value=${one.number} onInput=${(event) => put(place, { number: event.target.value })} /></div>`)}
    <button type="button" class="small" onClick=${() => set([...of, { id: 0, kind: "MinimumOf", number: 1, set: sets[0][0] }])}>Add a rule</button></fieldset>`;
}
