// Folders: the tree of those that somebody may see, and what can be done with the chosen one.

import { html, useState } from "./lib/preact.js";
import { Form } from "./dialogs.js";
import { dirty } from "./forms.js";
import { useLive } from "./live.js";
import { announce, Notice, Question } from "./parts.js";
import { call } from "./session.js";
import { Sharing } from "./sharing.js";
import { why } from "./words.js";

const ROOT_FOLDER = -1;

export const byPath = (folders) => [...folders].sort((one, other) => one.folderPath.localeCompare(other.folderPath));

/** The folders as choices of a form. */
export const choices = (folders, none) => [[ROOT_FOLDER, none], ...folders.map((one) => [one.id, one.folderPath])];

/** Nested lists; a folder whose parent one may not see stands at the top. */
export function Tree({ folders, chosen, choose, more }) {
  const [open, setOpen] = useState([]); // ids of those that were unfolded
  const [wide, setWide] = useState(false); // on narrow screens: whether it is shown
  const known = new Set(folders?.map((one) => one.id));
  const below = new Map();
  for (const one of folders ?? []) {
    const parent = known.has(one.parentFolderId) ? one.parentFolderId : ROOT_FOLDER;
    below.set(parent, [...(below.get(parent) ?? []), one]);
  }
  const above = ancestors(folders ?? [], chosen);
  const pick = (event, id) => {
    setWide(false);
    choose(event, id);
  };

  function level(parent) {
    return html`<ul role="list">${below.get(parent)?.map((one) => {
      const unfolded = open.includes(one.id) || above.includes(one.id);
      return html`<li key=${one.id}><div class="leaf">
          ${below.has(one.id) ? html`<button type="button" class="fold" aria-expanded=${unfolded} aria-label=${`Folders in ${one.folderName}`}
            onClick=${() => setOpen((ids) => (ids.includes(one.id) ? ids.filter((id) => id !== one.id) : [...ids, one.id]))}><i aria-hidden="true"></i></button>` : html`<span></span>`}
          <button type="button" class="plain" aria-current=${one.id === chosen ? "true" : null} onClick=${(event) => pick(event, one.id)}>${one.folderName}</button></div>
        ${unfolded && below.has(one.id) && level(one.id)}</li>`;
    })}</ul>`;
  }

  const name = folders?.find((one) => one.id === chosen)?.folderName ?? "All folders";
  return html`<nav class="tree ${wide ? "open" : ""}" aria-label="Folders">
    <button type="button" class="narrow" aria-expanded=${wide} onClick=${() => setWide(!wide)}>Folder: ${name}</button>
    <div class="leaves"><button type="button" class="plain" aria-current=${chosen ? null : "true"} onClick=${(event) => pick(event, 0)}>All folders</button>
      ${level(ROOT_FOLDER)}
      ${more && html`<p class="quiet">There are more folders than are shown here: search for the secret.</p>`}</div>
  </nav>`;
}

function ancestors(folders, id) {
  const parent = folders.find((one) => one.id === id)?.parentFolderId;
  return parent > 0 ? [parent, ...ancestors(folders, parent)] : [];
}

/** What may be done with the chosen folder, and with none chosen: make one at the top. */
export function Folder({ folder, folders, may, go, again }) {
  const { data, again: look } = useLive(folder && `folder-details/${folder.id}`, 0);
  const [doing, setDoing] = useState("");
  const [failure, setFailure] = useState(null);
  const allows = (action) => data?.actions.includes(action);
  const close = () => setDoing("");
  const told = () => {
    again();
    look();
  };

  async function make({ folderName, parentFolderId }) {
    const parent = Number(parentFolderId);
    const made = await call("POST", "folders", { folderName, parentFolderId: parent, inheritPermissions: parent !== ROOT_FOLDER });
    again();
    return made;
  }

  async function change({ folderName, parentFolderId, inheritPermissions }) {
    const parent = Number(parentFolderId);
    await call("PUT", `folders/${folder.id}`, { id: folder.id, folderName, inheritPermissions, ...(parent !== folder.parentFolderId && { parentFolderId: parent }) });
    told();
  }

  async function inherit() {
    await call("PATCH", `folder/${folder.id}`, dirty({ enableInheritPermissions: !folder.inheritPermissions }));
    told();
  }

  async function remove() {
    try {
      await call("DELETE", `folders/${folder.id}`);
      announce("The folder is deleted.");
      again();
      go(null, folder.parentFolderId > 0 ? `secrets?folder=${folder.parentFolderId}` : "secrets");
    } catch (error) {
      setFailure(error);
    }
    close();
  }

  const button = (name, title) => html`<button type="button" class="small" onClick=${() => setDoing(name)}>${title}</button>`;
  const fields = [{ name: "folderName", label: "Name", about: /name/i },
    { name: "parentFolderId", label: "In", kind: "choice", options: choices(folders.filter((one) => one.id !== folder?.id || doing === "make"), "no folder, at the top"), about: /parent|inside|into/i }];
  return html`<div class="actions folder">
      ${may("Administer Folders") && (!folder || allows("CreateSubfolder")) && button("make", "New folder…")}
      ${folder && allows("EditFolder") && button("edit", "Edit folder…")}
      ${folder && button("share", "Folder permissions…")}
      ${folder && allows("DeleteFolder") && button("delete", "Delete folder…")}</div>
    ${failure && html`<${Notice}>${why(failure)}<//>`}
    ${doing === "make" && html`<${Form} title="New folder" yes="Make it" fields=${fields} first=${{ folderName: "", parentFolderId: folder?.id ?? ROOT_FOLDER }}
      save=${make} done="The folder is made." then=${({ id }) => go(null, `secrets?folder=${id}`)} close=${close} />`}
    ${doing === "edit" && html`<${Form} title=${`Edit ${folder.folderName}`} fields=${[...fields, { name: "inheritPermissions", label: "Takes the permissions of the folder above", kind: "switch" }]}
      first=${{ folderName: folder.folderName, parentFolderId: folder.parentFolderId, inheritPermissions: folder.inheritPermissions }}
      save=${change} done="The folder is changed." close=${close} />`}
    ${doing === "share" && html`<${Sharing} of="folder" id=${folder.id} title=${`Permissions on ${folder.folderName}`} may=${allows("DeleteFolder")}
      inherits=${folder.inheritPermissions} inherit=${inherit} close=${close} />`}
    ${doing === "delete" && html`<${Question} title=${`Delete ${folder.folderName}?`} yes="Delete" dangerous onYes=${remove} onNo=${close}>
      Only a folder with nothing in it can be deleted.<//>`}`;
}
