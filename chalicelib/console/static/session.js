// Who is signed in. The access token lives in the memory of this module and of its sister tabs, never
// in storage. The refresh token is in a cookie that no script reads: see access/routes/cookie.py.

export const ROOT = new URL("../../", import.meta.url); // this is <root>/console/<version>/session.js

const TOKENS = new URL("oauth2/token", ROOT);
const CONSOLE = { "X-Conclave-Console": "1" };
const SISTERS_ANSWER_WITHIN = 120;

const sisters = new BroadcastChannel(`conclave ${ROOT}`);
const listeners = new Set();
let token = "";
let renewing = null;
let unlimited = "";

/** Something the API would not do, in words. `status` is 0 when nobody answered. */
export class Refusal extends Error {
  constructor(status, message, code = "", wait = 0) {
    super(message);
    Object.assign(this, { status, code, wait });
  }
}

/** Until when unlimited administration is on, as the last answer said; "" when it is not. */
export const unlimitedUntil = () => unlimited;

export const isSignedIn = () => token !== "";

/** Have a function called whenever somebody signs in or out, here or in a sister tab. */
export function watchSession(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Find the session that a sister tab or the cookie holds. False when there is none. */
export async function resume() {
  sisters.postMessage({ ask: true });
  await new Promise((done) => setTimeout(done, SISTERS_ANSWER_WITHIN));
  return isSignedIn() || renew();
}

/** `code`: of a second factor; "" for none. */
export async function signIn(username, password, code = "") {
  const given = await ask({ grant_type: "password", username, password }, code ? { OTP: code } : {});
  take(given.access_token, true);
}

/** The same in another way: what is answered there is a token, with the cookie. */
export async function signInBy(path, body) {
  take((await postWithCookies(path, body)).access_token, true);
}

/** What the API answers where it gives or takes a cookie. */
export async function postWithCookies(path, body = {}) {
  const headers = { ...CONSOLE, Accept: "application/json", "Content-Type": "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  const options = { method: "POST", headers, body: JSON.stringify(body), credentials: "same-origin", cache: "no-store" };
  return read(await reach(new URL(`api/v1/${path}`, ROOT), options));
}

export async function signOut() {
  const leaving = token;
  take("", true);
  if (!leaving) return;
  const headers = { ...CONSOLE, Authorization: `Bearer ${leaving}`, Accept: "application/json" };
  await fetch(new URL("api/v1/oauth-expiration", ROOT), { method: "POST", headers }).catch(() => {});
}

/** What the API answers. `path` is below api/v1, or with `v2:` before it below api/v2, and so on.
    A session that ran out is renewed once; throws Refusal. */
export async function call(method, path, body) {
  return read(await reached(method, path, body));
}

/** A file that the API answers, to be saved. */
export async function fetchFile(path, method = "GET", body = undefined) {
  const answer = await reached(method, path, body);
  return answer.ok ? answer.blob() : read(answer);
}

/** Has the browser save a file under that name. */
export function saveFile(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

async function reached(method, path, body) {
  const used = token;
  let answer = await send(method, path, body);
  if (answer.status === 401 && used) {
    if (token === used) await renew();
    if (isSignedIn()) answer = await send(method, path, body);
  }
  if (answer.status === 401) take("", false);
  if (path !== "healthcheck") unlimited = (answer.headers.get("Unlimited-Administration") ?? "").replace("until=", ""); // that one is anybody's
  return answer;
}

function send(method, path, body) {
  const headers = { Accept: "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  const isForm = body instanceof FormData; // its boundary is the browser's to say
  if (body !== undefined && !isForm) headers["Content-Type"] = "application/json";
  const options = { method, headers, credentials: "omit", cache: "no-store" };
  if (body !== undefined) options.body = isForm ? body : JSON.stringify(body);
  const [, version = "v1", rest] = path.match(/^(?:(v\d):)?(.*)$/);
  return reach(new URL(`api/${version}/${rest}`, ROOT), options);
}

/** A new access token for the cookie; one tab at a time, because each cookie is good once. */
function renew() {
  renewing ??= inTurn(async () => {
    try {
      take((await ask({ grant_type: "refresh_token" })).access_token, true);
      return true;
    } catch (refusal) {
      if (refusal.status !== 0 && refusal.status < 500) take("", false);
      return false;
    }
  }).finally(() => {
    renewing = null;
  });
  return renewing;
}

function inTurn(work) {
  if (!navigator.locks) return work();
  const before = token;
  // While this tab waited, a sister may have renewed the session for both.
  return navigator.locks.request(`conclave ${ROOT}`, () => (token !== before ? true : work()));
}

async function ask(form, more = {}) {
  const options = {
    method: "POST",
    headers: { ...CONSOLE, Accept: "application/json", ...more },
    body: new URLSearchParams(form),
    credentials: "same-origin",
    cache: "no-store",
  };
  return read(await reach(TOKENS, options));
}

async function reach(url, options) {
  try {
    return await fetch(url, options);
  } catch {
    throw new Refusal(0, "This node does not answer. It will be asked again.");
  }
}

async function read(answer) {
  const said = await answer.json().catch(() => null);
  if (answer.ok) return said;
  const wait = Number(answer.headers.get("Retry-After")) || 0;
  const message = said?.message || said?.error || `The node answered ${answer.status}.`;
  throw new Refusal(answer.status, message, said?.errorCode ?? "", wait);
}

function take(given, tell) {
  const changed = isSignedIn() !== Boolean(given);
  token = given;
  if (tell) sisters.postMessage({ token });
  if (changed) for (const listener of listeners) listener();
}

sisters.onmessage = ({ data }) => {
  if (data.ask) {
    if (token) sisters.postMessage({ token });
  } else {
    take(data.token, false);
  }
};
