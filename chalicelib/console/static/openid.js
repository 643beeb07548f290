// Signing in at a provider (OpenID Connect): the way there and back, and who one is there.

import { html, useState } from "./lib/preact.js";
import { Form } from "./dialogs.js";
import { useLive } from "./live.js";
import { Act, Card, Cell, Notice, Row, Table, Trouble } from "./parts.js";
import { call, isSignedIn, postWithCookies, ROOT, signInBy } from "./session.js";
import { sentence, why } from "./words.js";

const OWN = "users/current/openid-connect";
const leave = async (path, body) => location.assign((await postWithCookies(path, body)).url);

/** Finish what was begun, if the browser is back from a provider. What went wrong, or null. */
export async function comeBack() {
  const query = new URLSearchParams(location.search);
  const [code, state] = [query.get("code"), query.get("state")];
  if (!state || !/\/login\/?$/.test(location.pathname)) return null;
  const links = state.startsWith("openid-link.");
  history.replaceState(null, "", new URL(links ? "profile" : "login", ROOT));
  try {
    if (!code) throw new Error("The provider did not let you in.");
    if (links) await postWithCookies(`${OWN}/complete`, { code, state });
    else if (!isSignedIn()) await signInBy("openid-connect/complete", { code, state });
    return null;
  } catch (error) {
    return error;
  }
}

/** The login page's buttons, one for each provider. */
export function Providers({ failed }) {
  const offers = useLive("openid-connect/offers", 0);
  return offers.data?.providers.map((one) => html`<${Act} key=${one.id} failed=${failed} act=${() => leave(`openid-connect/${one.id}/begin`)}>
    With ${one.name}<//>`);
}

export function Links() {
  const offers = useLive("openid-connect/offers", 0);
  const links = useLive(OWN, 0);
  const [at, setAt] = useState(null);
  const [failure, setFailure] = useState(null);
  const unlink = async (one) => {
    await call("DELETE", `${OWN}/${one.id}`);
    links.again();
  };
  const records = links.data?.records ?? [];
  if (!offers.data?.providers.length && !records.length) return null;
  return html`<${Card} title="Sign in elsewhere" lead="A provider whose word counts here in place of your password and second factor.">
    <${Trouble} error=${links.error} />${failure && html`<${Notice}>${sentence(why(failure))}<//>`}
    ${records.length > 0 && html`<${Table} label="Links" heads=${["You are", "At", "Actions"]}>${records.map((one) => html`<${Row} key=${one.id}>
      <${Cell} head="You are"><span class="mono wrap">${one.subject}</span><//><${Cell} head="At"><span class="wrap">${one.issuer}</span><//>
      <${Cell} head="Actions"><${Act} class="small" failed=${setFailure} done="Unlinked." act=${() => unlink(one)} aria-label=${`Unlink ${one.subject}`}>Unlink<//><//>
    <//>`)}<//>`}
    <div class="actions">${offers.data?.providers.map((one) => html`<button key=${one.id} type="button" onClick=${() => setAt(one)}>Link ${one.name}…</button>`)}</div>
    ${at && html`<${Form} title=${`Link ${at.name}`} yes="Go there" fields=${[{ name: "password", label: "Your password", kind: "password", current: true, about: /password/i }]}
      first=${{ password: "" }} save=${(values) => leave(`${OWN}/${at.id}/begin`, values)} close=${() => setAt(null)} />`}
  <//>`;
}
