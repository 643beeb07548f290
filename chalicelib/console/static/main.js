// Starts the console: finds the session, shows the page that the path names, and the frame around it.

import { html, render, useEffect, useState } from "./lib/preact.js";
import { Engines } from "./engines.js";
import { Health } from "./health.js";
import { Jobs } from "./jobs.js";
import { isAway, setNodeTime, useLive, useNow } from "./live.js";
import { Login } from "./login.js";
import { Nodes } from "./nodes.js";
import { Badge, Notice, Page } from "./parts.js";
import { Queues } from "./queues.js";
import { call, isSignedIn, resume, ROOT, signOut, watchSession } from "./session.js";
import { moment, why } from "./words.js";

const PAGES = [
  { path: "nodes", title: "Server Nodes", view: Nodes, standby: true },
  { path: "diagnostics", title: "Diagnostics", view: Diagnostics },
];
const FIRST = PAGES[0];

function Diagnostics({ health }) {
  return html`<${Page} title="Diagnostics">
    <${Health} health=${health} /><${Jobs} /><${Queues} /><${Engines} />
  <//>`;
}

function App() {
  const [ready, setReady] = useState(false);
  const [, redraw] = useState(0);
  const [path, setPath] = useState(here());
  const seen = useLive("healthcheck", 8);
  const health = seen.data && { ...seen.data, healthy: seen.data.Healthy };
  const standby = health?.inCluster === false;

  useEffect(() => {
    const leave = watchSession(() => redraw((times) => times + 1));
    addEventListener("popstate", () => setPath(here()));
    resume().finally(() => setReady(true));
    return leave;
  }, []);
  if (seen.data) setNodeTime(moment(seen.data.utcNow));

  function go(event, to) {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    history.pushState(null, "", new URL(to, ROOT));
    setPath(to);
  }

  if (!ready) return html`<p class="waiting starting" role="status">Conclave…</p>`;
  if (!isSignedIn()) return html`<${Login} standby=${standby} />`;
  const open = PAGES.filter((page) => page.standby || !standby);
  const page = open.find((one) => one.path === path) ?? FIRST;
  if (page.path !== here()) history.replaceState(null, "", new URL(page.path, ROOT));
  return html`<${Frame} pages=${open} page=${page} go=${go} seen=${seen} health=${health} standby=${standby}>
    <${page.view} key=${page.path} health=${health} />
  <//>`;
}

function Frame({ pages, page, go, seen, health, standby, children }) {
  const who = useWho();
  return html`<a class="skip" href="#main">Skip to the page</a>
    <header>
      <a class="brand" href=${new URL(FIRST.path, ROOT)} onClick=${(event) => go(event, FIRST.path)}>
        <span class="mark" aria-hidden="true"><span></span></span>Conclave</a>
      <nav aria-label="Pages">${pages.map((one) => html`<a key=${one.path} href=${new URL(one.path, ROOT)}
        aria-current=${one.path === page.path ? "page" : null} onClick=${(event) => go(event, one.path)}>${one.title}</a>`)}</nav>
      <div class="who"><${Badge} tone=${health ? (health.healthy ? "good" : "bad") : "off"}>
        ${health ? (health.healthy ? "healthy" : "not healthy") : "asking"}<//><span>${who}</span><button type="button" class="plain" onClick=${signOut}>Sign out</button></div>
    </header>
    <main id="main" tabindex="-1">
      ${standby && html`<${Notice} tone="warn"><strong>This node is not in the cluster.</strong> It is a standby:
        it runs no role and serves nothing but this page. Tick In Cluster to take it in, or use another node.<//>`}
      ${health?.readOnlyMode && html`<${Notice} tone="warn"><strong>Maintenance mode.</strong> This node changes
        nothing in the vault; reading goes on.<//>`}
      ${seen.error && html`<${Notice}>${why(seen.error)}<//>`}
      <${Away} />
      ${children}
    </main>`;
}

/** The page stands still when nobody has touched the machine for long, so that the session can end. */
function Away() {
  useNow();
  return isAway() && html`<${Notice} tone="warn">Nobody was here for a while, so this page stands still.
    It goes on as soon as you move.<//>`;
}

function useWho() {
  const [who, setWho] = useState("");
  useEffect(() => {
    call("GET", "users/current").then((user) => setWho(user.displayName || user.userName), () => {});
  }, []);
  return who;
}

function here() {
  return location.pathname.slice(ROOT.pathname.length).replace(/\/+$/, "");
}

render(html`<${App} />`, document.getElementById("app"));
