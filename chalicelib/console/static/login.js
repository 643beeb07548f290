// Signing in. The node tells no reason for a refusal, so that nobody learns which names exist; and so
// after any refusal it is asked for the code of a second factor, whoever came and whatever was wrong.

import { html, useEffect, useRef, useState } from "./lib/preact.js";
import { Notice } from "./parts.js";
import { Providers } from "./openid.js";
import { call, signIn, signInBy } from "./session.js";
import { canUseKeys, showKey } from "./credentials.js";
import { nodeTime, useNow } from "./live.js";
import { count, why } from "./words.js";

export function Login({ standby, came }) {
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState(came); // of who came back from a provider
  const [until, setUntil] = useState(0);
  const [coded, setCoded] = useState(false);
  const name = useRef(null);
  const now = useNow();
  const left = Math.ceil((until - now) / 1000);
  useEffect(() => {
    document.title = "Sign in · Conclave";
    name.current.focus();
  }, []);

  async function submit(event) {
    event.preventDefault();
    const form = new FormData(event.target);
    const password = event.target.elements.password;
    setBusy(true);
    try {
      const [userName, password] = [form.get("username"), form.get("password")];
      if (event.submitter?.value === "key") await signInByKey(userName, password);
      else await signIn(userName, password, form.get("code") ?? "");
    } catch (error) {
      password.value = "";
      password.focus();
      if (event.target.elements.code) event.target.elements.code.value = "";
      if (error.status === 400) setCoded(true);
      setRefusal(error);
      if (error.status === 429) setUntil(nodeTime() + (error.wait || 30) * 1000);
      setBusy(false);
    }
  }

  return html`<main class="login" id="main">
    <div class="mark" aria-hidden="true"><span></span></div>
    <h1>Conclave</h1>
    <p class="lead">${standby ? "This node is a standby: only its Server Nodes page is served." : "Sign in to the vault."}</p>
    ${refusal && html`<${Said} refusal=${refusal} left=${left} />`}
    <form onSubmit=${submit}>
      <label>User name
        <input ref=${name} name="username" autocomplete="username" autocapitalize="none" spellcheck=${false} required />
      </label>
      <label>Password
        <input name="password" type="password" autocomplete="current-password" required />
      </label>
      ${coded && html`<label>Code, if you have a second factor
        <input name="code" autocomplete="one-time-code" autocapitalize="none" spellcheck=${false} />
      </label>`}
      <button class="main" disabled=${busy || left > 0} aria-busy=${busy}>
        ${left > 0 ? `Wait ${left} s` : busy ? "Signing in…" : "Sign in"}
      </button>
      ${canUseKeys() && html`<button value="key" disabled=${busy || left > 0}>With a security key</button>`}
      <${Providers} failed=${setRefusal} />
    </form>
  </main>`;
}

/** The node asks for a key of anybody alike; which one, the key knows. */
async function signInByKey(userName, password) {
  const asked = await call("POST", "security-keys/challenge", { userName });
  await signInBy("security-keys/sign-in", { userName, password, ...(await showKey(asked)) });
}

function Said({ refusal, left }) {
  if (refusal.status === 429) {
    return html`<${Notice}>
      <strong>Too many attempts.</strong> For this name, or from this address, there were more than are
      allowed. ${left > 0 ? "The next one is possible when the button says so." : "You may try again now."}
    <//>`;
  }
  if (refusal.status === 400) {
    return html`<${Notice}>
      <strong>You were not let in.</strong> The name, the password or the code is wrong, or the account is
      locked or disabled. If you have a second factor, show it as well: the code of your app, your security key, or a recovery code. An
      account locks itself for a while after several failures; an administrator can unlock it sooner.
    <//>`;
  }
  return html`<${Notice}>${why(refusal)}${refusal.wait ? ` (again in ${count(refusal.wait, "second")})` : ""}<//>`;
}
