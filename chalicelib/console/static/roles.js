// Roles: what each allows. Who has them is said with users and groups.

import { html, useState } from "./lib/preact.js";
import { Form } from "./dialogs.js";
import { dirty } from "./forms.js";
import { Pager, usePage } from "./lists.js";
import { useLive } from "./live.js";
import { Act, Badge, Cell, Notice, Page, Row, Sheet, Table, Trouble, Waiting } from "./parts.js";
import { Picks } from "./picked.js";
import { call } from "./session.js";
import { count, sentence, why } from "./words.js";

const HEADS = ["Role", "Stands", "Actions"];
const NAME = [{ name: "name", label: "Name", about: /name/i }];

export function RolesPage({ may }) {
  const list = usePage("roles", { "filter.includeInactive": true });
  const [doing, setDoing] = useState({});
  const [failure, setFailure] = useState(null);
  const edits = may("Administer Role Permissions");
  const close = () => setDoing({});

  async function attempt(method, path, body) {
    setFailure(null);
    await call(method, path, body);
    list.again();
  }

  const patch = (role, values) => attempt("PATCH", `roles/${role.id}`, dirty(values));
  const { what, role } = doing;
  const action = edits && html`<button type="button" class="main" onClick=${() => setDoing({ what: "make" })}>New role</button>`;
  return html`<${Page} title="Roles" lead=${list.data && count(list.data.total, "role")} actions=${action}>
    <${Trouble} error=${list.error} />
    ${failure && html`<${Notice}>${sentence(why(failure))}<//>`}
    ${list.data ? html`<${Table} label="Roles" heads=${HEADS}>${list.data.records.map((one) => html`<${Row} key=${one.id}>
      <${Cell} head="Role"><span class="name">${one.name}</span>${one.isSystem && html` <${Badge}>came with Conclave<//>`}<//>
      <${Cell} head="Stands"><${Badge} tone=${one.enabled ? "good" : "off"}>${one.enabled ? "enabled" : "disabled"}<//><//>
      <${Cell} head="Actions"><div class="actions">
        <button type="button" class="small" aria-label=${`Permissions of ${one.name}`} onClick=${() => setDoing({ what: "permissions", role: one })}>Permissions</button>
        ${edits && !one.isSystem && html`<button type="button" class="small" aria-label=${`Rename ${one.name}`} onClick=${() => setDoing({ what: "edit", role: one })}>Rename</button>
          <${Act} class="small" failed=${setFailure} done="Done." act=${() => patch(one, { enabled: !one.enabled })} aria-label=${`${one.enabled ? "Disable" : "Enable"} ${one.name}`}>${one.enabled ? "Disable" : "Enable"}<//>`}</div><//>
    <//>`)}<//>` : !list.error && html`<${Waiting} />`}
    <${Pager} of=${list} label="roles" />
    ${what === "make" && html`<${Form} title="New role" yes="Create" fields=${NAME} first=${{ name: "" }} save=${(values) => attempt("POST", "roles", values)} done="The role is made." close=${close} />`}
    ${what === "edit" && html`<${Form} title=${`Rename ${role.name}`} fields=${NAME} first=${{ name: role.name }} save=${(values) => patch(role, values)} done="The role is renamed." close=${close} />`}
    ${what === "permissions" && html`<${Permissions} role=${role} edits=${edits && !role.isSystem} close=${close} />`}
  <//>`;
}

function Permissions({ role, edits, close }) {
  const every = useLive("rolepermissions?take=500", 0);
  const held = useLive(`roles/${role.id}/permissions?take=500`, 0);
  if (!every.data || !held.data) return html`<${Trouble} error=${every.error ?? held.error} />`;
  const title = `Permissions of ${role.name}`;
  const has = held.data.records.map((one) => one.rolePermissionId);
  if (!edits) return html`<${Sheet} title=${title} close=${close}><ul class="picks" role="list">${held.data.records.map((one) => html`<li key=${one.name}>${one.name}</li>`)}</ul><//>`;
  const all = every.data.records.map((one) => [one.rolePermissionId, one.isInUse ? one.name : `${one.name} (not in use yet)`]).sort(([, one], [, other]) => one.localeCompare(other));
  const save = (_, __, on) => call("PUT", `roles/${role.id}/permissions`, { rolePermissionIds: on });
  return html`<${Picks} title=${title} lead="A permission is a right to a kind of operation. A secret asks for a grant on it as well." all=${all} first=${has}
    save=${save} done="The permissions are changed." close=${close} />`;
}
