// Files of secrets: fetched, stored and taken off, as far as they go through the API.

import { html, useState } from "./lib/preact.js";
import { Form } from "./dialogs.js";
import { Act } from "./parts.js";
import { call, saveFile } from "./session.js";

const MOST = 4 * 1024 * 1024;
const refused = (message) => Object.assign(new Error(message), { status: 400, field: "file" });

/** by: how the secret is read (access.js); held: the field's item, once it is known; changed: called after each change */
export function FileButtons({ of, by, path, slug, name, held, edits, failed, changed }) {
  const [choosing, setChoosing] = useState(false);
  const download = async () => saveFile(await by.file(path), held.filename);

  async function store({ file }) {
    if (!file) throw refused("Choose a file.");
    if (file.size > MOST) throw refused("It is larger than 4 MB: only the API takes it.");
    await call("PUT", `secrets/${of.id}${path}`, by.form(file));
    changed();
  }

  async function takeOff() {
    await call("PATCH", `v2:secrets/${of.id}/general`, by.body({ data: { secretFields: [{ slug, dirty: true, value: null }] } }));
    changed();
  }

  return html`${held?.filename && html`<${Act} class="small" act=${download} failed=${failed} done="The file is downloaded." aria-label=${`Download: ${name}`}>Download<//>`}
    ${held && edits && html`<button type="button" class="small" aria-label=${`${held.filename ? "Replace" : "Upload"}: ${name}`} onClick=${() => setChoosing(true)}>${held.filename ? "Replace…" : "Upload…"}</button>`}
    ${held?.filename && edits && html`<${Act} class="small" act=${takeOff} failed=${failed} done="The file is taken off." aria-label=${`Take off: ${name}`}>Take off<//>`}
    ${choosing && html`<${Form} title=${`A file for ${name}`} yes="Store it" lead="At most 4 MB. A file that is there already is replaced." fields=${[{ name: "file", label: "File", kind: "file", about: /file|large|MB/i }]}
      first=${{ file: null }} save=${store} done="The file is stored." close=${() => setChoosing(false)} />`}`;
}
