// Who may do what with a secret or a folder: the grants on it.

import { html, useState } from "./lib/preact.js";
import { Finder } from "./lists.js";
import { useLive } from "./live.js";
import { Act, announce, Badge, Notice, Sheet, Trouble, Waiting } from "./parts.js";
import { call } from "./session.js";
import { sentence, why } from "./words.js";

const ROLES = ["List", "View", "Edit", "Owner"];
const FOLDER_ROLES = ["View", "Add Secret", "Edit", "Owner"];
const NONE = "None";

/** of: "secret" or "folder"; may: whether the grants may be changed. */
export function Sharing({ of, id, title, may, inherits, inherit, close }) {
  const folder = of === "folder";
  const { data, error, again } = useLive(`${of}-permissions?filter.${of}Id=${id}&take=100`, 0);
  const [failure, setFailure] = useState(null);
  const grants = data?.records ?? [];
  const roles = (role, inFolder) => ({ secretAccessRoleName: role === NONE ? null : role, ...(folder && { folderAccessRoleName: inFolder }) });

  async function attempt(work, said) {
    setFailure(null);
    try {
      await work();
      announce(said);
    } catch (refusal) {
      setFailure(refusal);
    }
    again();
  }

  const give = (kind) => (one) => attempt(
    () => call("POST", `${of}-permissions`, { [`${of}Id`]: id, [`${kind}Id`]: one.id, ...roles("View", "View") }),
    `${one.value} may view it.`,
  );
  const change = (grant, role, inFolder) => attempt(
    () => call("PUT", `${of}-permissions/${grant.id}`, { id: grant.id, [`${of}Id`]: id, ...roles(role, inFolder) }),
    `${grant.knownAs}: changed.`,
  );
  const take = (grant) => attempt(() => call("DELETE", `${of}-permissions/${grant.id}`), `${grant.knownAs} has no permission of its own any more.`);
  const edits = may && !inherits;
  return html`<${Sheet} title=${title} close=${close}>
    <${Trouble} error=${error} />
    ${failure && html`<${Notice}>${sentence(why(failure))}<//>`}
    <p class="beside-it">${inherits ? "It takes the permissions of the folder above." : "It has permissions of its own."}
      ${may && html`<${Act} act=${() => attempt(inherit, "Changed.")}>${inherits ? "Give it its own" : "Take those of the folder above"}<//>`}</p>
    ${data ? html`<ul class="grants" role="list">${grants.map((one) => html`<li key=${one.id}>
      <span class="wrap">${one.knownAs}${!one.userId && html` <${Badge}>group<//>`}</span>
      ${folder && html`<${Role} label=${`Role of ${one.knownAs} on the folder`} of=${FOLDER_ROLES} value=${one.folderAccessRoleName} may=${edits}
        set=${(to) => change(one, one.secretAccessRoleName || NONE, to)} />`}
      <${Role} label=${`Role of ${one.knownAs} on ${folder ? "its secrets" : "the secret"}`} of=${folder ? [NONE, ...ROLES] : ROLES} value=${one.secretAccessRoleName || NONE} may=${edits}
        set=${(to) => change(one, to, one.folderAccessRoleName)} />
      ${edits && html`<${Act} class="small" act=${() => take(one)} aria-label=${`Remove ${one.knownAs}`}>Remove<//>`}</li>`)}</ul>
      ${!grants.length && html`<p class="quiet empty">Nobody has a permission of its own here.</p>`}` : !error && html`<${Waiting} />`}
    ${edits && html`<div class="row two"><${Finder} label="Add a user" from="users/lookup" add=${give("user")} />
      <${Finder} label="Add a group" from="groups/lookup" add=${give("group")} /></div>`}
  <//>`;
}

function Role({ label, of, value, may, set }) {
  if (!may) return html`<${Badge}>${value}<//>`;
  return html`<select aria-label=${label} onChange=${(event) => set(event.target.value)}>
    ${of.map((one) => html`<option key=${one} value=${one} selected=${one === value}>${one}</option>`)}</select>`;
}
