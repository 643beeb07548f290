// Groups: their members and their roles.

import { html, useState } from "./lib/preact.js";
import { Form } from "./dialogs.js";
import { Finder, Pager, Search, usePage } from "./lists.js";
import { useLive, useSettled } from "./live.js";
import { Act, Ago, Badge, Cell, Notice, Page, Row, Sheet, Table, Trouble, Waiting } from "./parts.js";
import { call } from "./session.js";
import { Roles } from "./users.js";
import { count, sentence, why } from "./words.js";

const HEADS = ["Group", "Stands", "Made", "Actions"];
const NAME = [{ name: "name", label: "Name", about: /name/i }];

export function Groups({ may }) {
  const [text, setText] = useState("");
  const [all, setAll] = useState(false);
  const [doing, setDoing] = useState({});
  const [failure, setFailure] = useState(null);
  const list = usePage("groups", { "filter.searchText": useSettled(text.trim()), "filter.includeInactive": all });
  const edits = may("Administer Groups");
  const close = () => setDoing({});

  async function attempt(method, path, body) {
    setFailure(null);
    await call(method, path, body);
    list.again();
  }

  const action = edits && html`<button type="button" class="main" onClick=${() => setDoing({ what: "make" })}>New group</button>`;
  const { what, group } = doing;
  const button = (one, name, title) => html`<button type="button" class="small" aria-label=${`${title}: ${one.name}`} onClick=${() => setDoing({ what: name, group: one })}>${title}</button>`;
  return html`<${Page} title="Groups" lead=${list.data && count(list.data.total, "group")} actions=${action}>
    <div class="filters"><${Search} label="Search groups" value=${text} set=${setText} />
      <label class="switch"><input type="checkbox" role="switch" checked=${all} onChange=${(event) => setAll(event.target.checked)} /> <span>Disabled ones too</span></label></div>
    <${Trouble} error=${list.error} />
    ${failure && html`<${Notice}>${sentence(why(failure))}<//>`}
    ${list.data ? html`<${Table} label="Groups" heads=${HEADS}>${list.data.records.map((one) => html`<${Row} key=${one.id}>
      <${Cell} head="Group"><span class="name wrap">${one.name}</span><//>
      <${Cell} head="Stands"><${Badge} tone=${one.enabled ? "good" : "off"}>${one.enabled ? "enabled" : "disabled"}<//><//>
      <${Cell} head="Made"><${Ago} at=${one.created} /><//>
      <${Cell} head="Actions"><div class="actions">${button(one, "members", "Members")}
        ${may("View Roles") && button(one, "roles", "Roles")}${edits && button(one, "edit", "Rename")}
        ${edits && html`<${Act} class="small" failed=${setFailure} done="Done." act=${() => attempt("PUT", `groups/${one.id}`, { enabled: !one.enabled })}
          aria-label=${`${one.enabled ? "Disable" : "Enable"}: ${one.name}`}>${one.enabled ? "Disable" : "Enable"}<//>`}</div><//>
    <//>`)}<//>` : !list.error && html`<${Waiting} />`}
    <${Pager} of=${list} label="groups" />
    ${what === "make" && html`<${Form} title="New group" yes="Create" fields=${NAME} first=${{ name: "" }} save=${(values) => attempt("POST", "groups", values)} done="The group is made." close=${close} />`}
    ${what === "edit" && html`<${Form} title=${`Rename ${group.name}`} fields=${NAME} first=${{ name: group.name }} save=${(values) => attempt("PUT", `groups/${group.id}`, values)} done="The group is renamed." close=${close} />`}
    ${what === "roles" && html`<${Roles} of="groups" id=${group.id} name=${group.name} may=${may} close=${close} />`}
    ${what === "members" && html`<${Members} group=${group} edits=${edits} close=${close} />`}
  <//>`;
}

function Members({ group, edits, close }) {
  const list = usePage(`groups/${group.id}/users`, { "filter.includeInactiveUsersForGroup": true });
  const [failure, setFailure] = useState(null);
  const attempt = async (method, path, body) => {
    setFailure(null);
    await call(method, path, body);
    list.again();
  };
  return html`<${Sheet} title=${`Members of ${group.name}`} close=${close}>
    <${Trouble} error=${list.error} />${failure && html`<${Notice}>${sentence(why(failure))}<//>`}
    <ul class="grants" role="list">${list.data?.records.map((one) => html`<li key=${one.userId}><span class="wrap">${one.displayName || one.userName}${!one.enabled && html` <${Badge}>disabled<//>`}</span>
      ${edits && html`<${Act} class="small" failed=${setFailure} act=${() => attempt("DELETE", `groups/${group.id}/users/${one.userId}`)} aria-label=${`Remove ${one.userName}`}>Remove<//>`}</li>`)}</ul>
    ${list.data && !list.data.records.length && html`<p class="quiet empty">Nobody is in it.</p>`}
    <${Pager} of=${list} label="members" />
    ${edits && html`<${Finder} label="Add a member" from="users/lookup" known=${list.data?.records.map((one) => one.userId)}
      add=${(one) => attempt("POST", `groups/${group.id}/users`, { userId: one.id })} />`}
  <//>`;
}
