// Times and amounts as people say them.

/** A moment as the API writes it: UTC without a zone. */
export function moment(text) {
  if (!text || text.startsWith("0001-")) return null;
  return new Date(`${text.slice(0, 23)}Z`);
}

/** `4 min 3 s`, at most two parts. */
export function span(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return pair(Math.floor(whole / 60), "min", whole % 60, "s");
  if (whole < 86400) return pair(Math.floor(whole / 3600), "h", Math.floor((whole % 3600) / 60), "min");
  return pair(Math.floor(whole / 86400), "d", Math.floor((whole % 86400) / 3600), "h");
}

/** How long something took: short times in milliseconds. */
export function took(seconds) {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  return seconds < 10 ? `${seconds.toFixed(1)} s` : span(seconds);
}

/** `just now`, `40 s ago`, `3 min ago`. */
export function ago(at, now) {
  const seconds = (now - at) / 1000;
  if (seconds < 5) return "just now";
  if (seconds < 60) return `${Math.round(seconds)} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86400)} d ago`;
}

export const full = (at) => `${at.toISOString().slice(0, 19).replace("T", " ")} UTC`;

export const clock = (at) => at.toISOString().slice(11, 19); // UTC, as every time here

export const count = (number, one, many = `${one}s`) => `${number} ${number === 1 ? one : many}`;

/** What a run did, of what it found. */
export function outcome({ error, found, done, failed }) {
  if (error) return error;
  if (!done && !failed) return found ? `${found} looked at, nothing to do` : "nothing to do";
  return `${done} of ${found} done${failed ? `, ${failed} failed` : ""}`;
}

/** Why something was refused, and what a person can do about it. */
export function why(refusal) {
  if (refusal.status === 429) return `Too many attempts. Try again in ${span(refusal.wait || 30)}.`;
  if (refusal.code === "API_AccessDenied")
    return `${refusal.message} Your role lacks the permission for this.`;
  return refusal.message || String(refusal);
}

/** What the API says to those who call it, without what only they can use. */
export function plainly(text) {
  return text.replace(/ \((GET|POST|PUT|DELETE) [^)]*\)/g, "").replace(/^View-only: (.)/, (_, first) => first.toUpperCase())
    .replace(/[,.]? (or )?repeat with force=true[^.]*\.?$/i, ".");
}

/** What was said, as a sentence of its own. */
export const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1).replace(/([^.!?])$/, "$1.");

function pair(large, largeName, small, smallName) {
  return small ? `${large} ${largeName} ${small} ${smallName}` : `${large} ${largeName}`;
}
