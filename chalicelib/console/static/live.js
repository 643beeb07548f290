// What keeps a page true: it asks again every few seconds, while somebody looks at it.

import { useEffect, useRef, useState } from "./lib/preact.js";
import { call } from "./session.js";

const AWAY_AFTER = 15 * 60 * 1000; // without a hand on the machine; the session then runs out by itself
const LONGEST_PAUSE = 60_000;

let touched = Date.now();
let offset = 0; // how far the node's clock is ahead of this one's
const awake = new Set();

for (const kind of ["pointerdown", "pointermove", "keydown", "scroll"]) {
  addEventListener(kind, touch, { passive: true, capture: true });
}
document.addEventListener("visibilitychange", wake);

export const isAway = () => Date.now() - touched > AWAY_AFTER;

/** The time as the node has it. */
export const nodeTime = () => Date.now() + offset;

export function setNodeTime(at) {
  offset = at - Date.now();
}

/** An answer of the API, asked for again every `seconds`: {data, error, again}. Stays while it asks.
    Without a path nothing is asked, and with 0 seconds not again until somebody comes back to it. */
export function useLive(path, seconds) {
  const [state, setState] = useState({ data: null, error: null });
  const asking = useRef(() => {});
  useEffect(() => {
    if (!path) return undefined;
    let timer = 0;
    let failures = 0;
    let gone = false;
    async function look() {
      clearTimeout(timer);
      if (document.hidden || isAway()) return;
      try {
        const data = await call("GET", path);
        if (!gone) setState({ data, error: null });
        failures = 0;
      } catch (error) {
        if (!gone) setState((before) => ({ ...before, error }));
        failures += 1;
      }
      const pause = Math.min(seconds * 1000 * 2 ** failures, LONGEST_PAUSE);
      clearTimeout(timer);
      if (!gone && seconds) timer = setTimeout(look, pause);
    }
    asking.current = look;
    awake.add(look);
    look();
    return () => {
      gone = true;
      clearTimeout(timer);
      awake.delete(look);
    };
  }, [path, seconds]);
  return { ...state, again: () => asking.current() };
}

/** The node's time, ticking. */
export function useNow(every = 1000) {
  const [now, setNow] = useState(nodeTime());
  useEffect(() => {
    const timer = setInterval(() => document.hidden || setNow(nodeTime()), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}

function touch() {
  const wasAway = isAway();
  touched = Date.now();
  if (wasAway) wake();
}

function wake() {
  if (!document.hidden) for (const look of awake) look();
}

/** A value once it has stood still for a moment: for what is asked as somebody types. */
export function useSettled(value, wait = 250) {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), wait);
    return () => clearTimeout(timer);
  }, [value, wait]);
  return settled;
}
