// What the browser does with security keys (WebAuthn), in the JSON that the API takes and gives.

export const canUseKeys = () => typeof PublicKeyCredential?.parseRequestOptionsFromJSON === "function" && isSecureContext;

/** A new key's answer to what the node asks. */
export const makeKey = (asked) => done(asked, () =>
  navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(asked.options) }));

/** A known key's answer. */
export const showKey = (asked) => done(asked, () =>
  navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(asked.options) }));

async function done(asked, ask) {
  try {
    return { challengeId: asked.challengeId, credential: (await ask()).toJSON() };
  } catch (error) {
    const known = error.name === "InvalidStateError";
    throw new Error(known ? "This key is registered already." : "No security key was shown, or it would not do. Try again.");
  }
}
