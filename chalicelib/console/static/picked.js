// Which of some things are meant, and which were: for roles, permissions and the like.

import { html, useState } from "./lib/preact.js";
import { announce, Notice, Sheet } from "./parts.js";
import { sentence, why } from "./words.js";

/** all: [id, name]; first: ids of those that are so; save: given those added, those taken away, and all that are so. */
export function Picks({ title, lead, all, first, save, done, close }) {
  const [on, setOn] = useState(first);
  const [refusal, setRefusal] = useState(null);
  async function submit(event) {
    event.preventDefault();
    try {
      await save(on.filter((id) => !first.includes(id)), first.filter((id) => !on.includes(id)), on);
      announce(done);
      close();
    } catch (error) {
      setRefusal(error);
    }
  }
  return html`<${Sheet} title=${title} close=${close}>
    ${lead && html`<p class="lead">${lead}</p>`}
    <form class="fields" onSubmit=${submit}>
      ${refusal && html`<${Notice}>${sentence(why(refusal))}<//>`}
      <ul class="picks" role="list">${all.map(([id, name]) => html`<li key=${id}><label><input type="checkbox" checked=${on.includes(id)}
        onChange=${() => setOn(on.includes(id) ? on.filter((one) => one !== id) : [...on, id])} /> ${name}</label></li>`)}</ul>
      <div class="actions end"><button class="main">Save</button></div>
    </form>
  <//>`;
}
