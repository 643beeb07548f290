// A form that holds everything else up: for what is made or changed in one go.

import { html, useEffect, useRef, useState } from "./lib/preact.js";
import { Field, isAbout, useUnsaved } from "./forms.js";
import { announce, Notice } from "./parts.js";
import { sentence, why } from "./words.js";

/**
 * title:  what is done, which is the button's name as well unless `yes` says otherwise
 * fields: as those of a Group (forms.js); or what they are, given the values so far
 * first:  the values to begin with, by the fields' names
 * dangerous: where it cannot be undone
 * save:   given all values. What it throws is shown at the field that it means, or above
 * done:   what is said when it went well
 * then:   called afterwards with what save gave: where it may lead elsewhere
 * children: what else is in it; or that, given the values so far and how one is set
 */
export function Form({ title, lead, fields, first = {}, yes = "Save", dangerous, save, done, then, close, children }) {
  const [values, setValues] = useState(first);
  const [refusal, setRefusal] = useState(null);
  const [busy, setBusy] = useState(false);
  const box = useRef(null);
  const flat = typeof fields === "function" ? fields(values) : fields;
  useUnsaved(Object.entries(values).some(([name, value]) => value !== first[name]));
  useEffect(() => {
    const dialog = box.current;
    dialog.showModal();
    dialog.querySelector("input, select, textarea")?.focus();
    return () => dialog.close(); // which gives the focus back
  }, []);

  async function submit(event) {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setRefusal(null);
    try {
      const given = await save(values);
      if (done) announce(done);
      close();
      if (then) setTimeout(() => then(given));
    } catch (error) {
      setRefusal(error);
      announce(why(error));
      setBusy(false);
    }
  }

  const blamed = refusal && flat.find((one) => isAbout(refusal, one, values));
  return html`<dialog ref=${box} class="form" aria-labelledby="form-title" onCancel=${close} onClose=${close}>
    <h2 id="form-title">${title}</h2>
    ${lead && html`<p class="lead">${lead}</p>`}
    <form class="fields" novalidate onSubmit=${submit}>
      ${refusal && !blamed && html`<${Notice}>${sentence(why(refusal))}<//>`}
      ${flat.map((one) => html`<${Field} key=${one.name} field=${one} now=${values[one.name] ?? ""}
        error=${blamed === one ? sentence(why(refusal)) : ""} set=${(value) => setValues((before) => ({ ...before, [one.name]: value }))} />`)}
      ${typeof children === "function" ? children(values, (name, value) => setValues((before) => ({ ...before, [name]: value }))) : children}
      <div class="actions end"><button type="button" onClick=${close}>Cancel</button>
        <button class=${dangerous ? "danger" : "main"} aria-disabled=${busy} aria-busy=${busy}>${yes}</button></div>
    </form>
  </dialog>`;
}
