// Users: who there is, whether they may come in, and what they are allowed.

import { html, useState } from "./lib/preact.js";
import { Form } from "./dialogs.js";
import { dirty } from "./forms.js";
import { Finder, Pager, Search, usePage } from "./lists.js";
import { useLive, useSettled } from "./live.js";
import { Act, Ago, Badge, Cell, Notice, Page, Row, Sheet, Table, Trouble, Waiting } from "./parts.js";
import { Picks } from "./picked.js";
import { call } from "./session.js";
import { count, sentence, why } from "./words.js";

const HEADS = ["User", "Stands", "Second factor", "Last log-in", "Actions"];
const FACTORS = [["Oath", "the authenticator app"], ["Fido", "all security keys"]];
const NAMED = [{ name: "displayName", label: "Display name", about: /display/i }, { name: "emailAddress", label: "E-mail", about: /mail/i }];

export function Users({ may, who }) {
  const [text, setText] = useState("");
  const [all, setAll] = useState(false);
  const [doing, setDoing] = useState({}); // {what, user}
  const [failure, setFailure] = useState(null);
  const list = usePage("users", { "filter.searchText": useSettled(text.trim()), "filter.includeInactive": all });
  const edits = may("Administer Users");
  const close = () => setDoing({});

  async function attempt(method, path, body) {
    setFailure(null);
    await call(method, path, body);
    list.again();
  }

  const patch = (user, values) => attempt("PATCH", `users/${user.id}`, dirty(values));
  const make = (values) => attempt("POST", "users", { ...values, enabled: true });
  const action = edits && html`<button type="button" class="main" onClick=${() => setDoing({ what: "make" })}>New user</button>`;
  const { what, user } = doing;
  return html`<${Page} title="Users" lead=${list.data && count(list.data.total, "user")} actions=${action}>
    <div class="filters"><${Search} label="Search users" value=${text} set=${setText} />
      <label class="switch"><input type="checkbox" role="switch" checked=${all} onChange=${(event) => setAll(event.target.checked)} /> <span>Disabled ones too</span></label></div>
    <${Trouble} error=${list.error} />
    ${failure && html`<${Notice}>${sentence(why(failure))}<//>`}
    ${list.data ? html`<${Table} label="Users" heads=${HEADS}>${list.data.records.map((one) => html`<${Row} key=${one.id}>
      <${Cell} head="User"><span class="name">${one.displayName}</span><small class="note wrap">${one.userName}${one.emailAddress && ` · ${one.emailAddress}`}</small><//>
      <${Cell} head="Stands"><${Badge} tone=${one.enabled ? "good" : "off"}>${one.enabled ? "enabled" : "disabled"}<//>
        ${one.isLockedOut && html` <${Badge} tone="bad">locked out<//>`}${one.isApplicationAccount && html` <${Badge}>application<//>`}<//>
      <${Cell} head="Second factor">${one.twoFactorMethod === "None" ? html`<span class="quiet">none</span>` : "authenticator app"}<//>
      <${Cell} head="Last log-in"><${Ago} at=${one.lastLogin} /><//>
      <${Cell} head="Actions"><div class="actions">
        ${one.isLockedOut && edits && html`<${Act} class="small" act=${() => patch(one, { isLockedOut: false })} failed=${setFailure} done="Unlocked." aria-label=${`Unlock ${one.userName}`}>Unlock<//>`}
        ${edits && html`<button type="button" class="small" aria-label=${`Edit ${one.userName}`} onClick=${() => setDoing({ what: "edit", user: one })}>Edit</button>`}
        ${may("View Roles") && html`<button type="button" class="small" aria-label=${`Roles of ${one.userName}`} onClick=${() => setDoing({ what: "roles", user: one })}>Roles</button>`}
        ${may("View Groups") && html`<button type="button" class="small" aria-label=${`Groups of ${one.userName}`} onClick=${() => setDoing({ what: "groups", user: one })}>Groups</button>`}
        ${edits && html`<${Act} class="small" act=${() => patch(one, { enabled: !one.enabled })} failed=${setFailure} done="Done."
          aria-label=${`${one.enabled ? "Disable" : "Enable"} ${one.userName}`}>${one.enabled ? "Disable" : "Enable"}<//>`}
        ${edits && one.id !== who?.id && html`<button type="button" class="small" aria-label=${`Reset factor of ${one.userName}`} onClick=${() => setDoing({ what: "factor", user: one })}>Reset factor</button>`}</div><//>
    <//>`)}<//>` : !list.error && html`<${Waiting} />`}
    <${Pager} of=${list} label="users" />
    ${what === "make" && html`<${Form} title="New user" yes="Create" save=${make} done="The user is made." close=${close}
      fields=${[{ name: "userName", label: "User name", about: /user ?name/i }, ...NAMED, { name: "password", label: "Password", kind: "password", about: /password/i },
        { name: "isApplicationAccount", label: "For an application, not a person", kind: "switch" }]}
      first=${{ userName: "", displayName: "", emailAddress: "", password: "", isApplicationAccount: false }} />`}
    ${what === "edit" && html`<${Edit} user=${user} patch=${patch} close=${close} />`}
    ${what === "factor" && html`<${Form} title=${`Reset the second factor of ${user.userName}?`} yes="Reset" dangerous done="The second factor is reset." close=${close}
      lead="What there is of it is forgotten, recovery codes too, and every session of theirs ends. Who must have a second factor sets up another at the next log-in."
      fields=${[{ name: "twoFactorType", label: "Which", kind: "choice", options: FACTORS }]} first=${{ twoFactorType: FACTORS[0][0] }}
      save=${(values) => attempt("POST", `users/${user.id}/reset-two-factor`, { data: values })} />`}
    ${what === "roles" && html`<${Roles} of="users" id=${user.id} name=${user.userName} may=${may} close=${close} />`}
    ${what === "groups" && html`<${Groups} user=${user} may=${may} close=${close} />`}
  <//>`;
}

function Edit({ user, patch, close }) {
  const first = { displayName: user.displayName, emailAddress: user.emailAddress, oathTwoFactor: user.twoFactorMethod !== "None", password: "" };
  async function save(values) {
    const changed = Object.fromEntries(Object.entries(values).filter(([name, value]) => value !== first[name]));
    if (Object.keys(changed).length) await patch(user, changed);
  }
  return html`<${Form} title=${`Edit ${user.userName}`} first=${first} save=${save} done="The user is changed." close=${close}
    fields=${[...NAMED, { name: "oathTwoFactor", label: "Must have a second factor", kind: "switch", about: /factor/i },
      { name: "password", label: "New password", kind: "password", about: /password/i, hint: "Left empty, it stays as it is." }]} />`;
}

/** The roles of a user or of a group. */
export function Roles({ of, id, name, may, close }) {
  const all = useLive("roles?take=200", 0);
  const held = useLive(`${of}/${id}/roles?take=200`, 0);
  if (!all.data || !held.data) return html`<${Trouble} error=${all.error ?? held.error} />`;
  if (!may("Administer Role Assignment")) {
    return html`<${Sheet} title=${`Roles of ${name}`} close=${close}><ul>${held.data.records.map((one) => html`<li key=${one.roleId}>${one.name}</li>`)}</ul><//>`;
  }
  async function save(added, taken) {
    if (added.length) await call("POST", `${of}/${id}/roles`, { roleIds: added });
    if (taken.length) await call("DELETE", `${of}/${id}/roles`, { roleIds: taken });
  }
  return html`<${Picks} title=${`Roles of ${name}`} all=${all.data.records.map((one) => [one.id, one.name])}
    first=${held.data.records.map((one) => one.roleId)} save=${save} done="The roles are changed." close=${close} />`;
}

function Groups({ user, may, close }) {
  const { data, error, again } = useLive(`users/${user.id}/groups?take=200`, 0);
  const [failure, setFailure] = useState(null);
  const edits = may("Administer Groups");
  const attempt = async (method, path, body) => {
    await call(method, path, body);
    again();
  };
  return html`<${Sheet} title=${`Groups of ${user.userName}`} close=${close}>
    <${Trouble} error=${error} />${failure && html`<${Notice}>${sentence(why(failure))}<//>`}
    <ul class="grants" role="list">${data?.records.map((one) => html`<li key=${one.groupId}><span>${one.groupName}</span>
      ${edits && html`<${Act} class="small" failed=${setFailure} act=${() => attempt("DELETE", `groups/${one.groupId}/users/${user.id}`)} aria-label=${`Remove ${one.groupName}`}>Remove<//>`}</li>`)}</ul>
    ${data && !data.records.length && html`<p class="quiet empty">In no group.</p>`}
    ${edits && html`<${Finder} label="Add to a group" from="groups/lookup" known=${data?.records.map((one) => one.groupId)}
      add=${(one) => attempt("POST", `users/${user.id}/groups`, { groupIds: [one.id] })} />`}
  <//>`;
}
