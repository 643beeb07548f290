// People and groups to choose in a form, found by typing a part of their names.

import { html } from "./lib/preact.js";
import { Finder } from "./lists.js";
import { Badge } from "./parts.js";
import { call } from "./session.js";

/** of: [{groupId, displayName, isGroup}]; a user is named by the group that he alone is in. */
export function Whom({ title, note, of, set, may }) {
  const add = (one) => set([...of.filter((each) => each.groupId !== one.groupId), one]);
  async function addUser({ id, value }) {
    const user = await call("GET", `users/${id}`);
    add({ groupId: user.personalGroupId, displayName: user.displayName || value, isGroup: false });
  }
  const addGroup = ({ id, value }) => add({ groupId: id, displayName: value, isGroup: true });
  const keep = (event) => event.key === "Enter" && event.target.type === "search" && event.preventDefault(); // it would save the form
  return html`<div onKeyDown=${keep}><strong>${title}</strong>${note && html`<small class="note">${note}</small>`}
    <ul class="grants" role="list">${of.map((one) => html`<li key=${one.groupId}><span class="wrap">${one.displayName}${one.isGroup && html` <${Badge}>group<//>`}</span>
      <button type="button" class="small" aria-label=${`Remove ${one.displayName}`} onClick=${() => set(of.filter((each) => each !== one))}>Remove</button></li>`)}</ul>
    ${!of.length && html`<p class="quiet empty">Nobody yet.</p>`}
    <div class="row two">${may("View Users") && html`<${Finder} label="Add a person" from="users/lookup" add=${addUser} />`}
      <${Finder} label="Add a group" from="groups/lookup" known=${of.map((one) => one.groupId)} add=${addGroup} /></div></div>`;
}
