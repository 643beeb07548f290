// What is made and changed of secrets. A password that is left empty is made by the node, or stays.

import { html, useEffect, useState } from "./lib/preact.js";
import { isOpen, PLAIN, reader } from "./access.js";
import { Form } from "./dialogs.js";
import { choices } from "./folders.js";
import { dirty } from "./forms.js";
import { useLive } from "./live.js";
import { Trouble } from "./parts.js";
import { call } from "./session.js";

/** The fields of a template as those of a form, by their slugs. */
function entries(template, hint, options) {
  return [...template.fields].filter((one) => !one.isFile).sort((one, other) => one.sortOrder - other.sortOrder).map((one) => {
    const label = one.displayName || one.name;
    const common = { name: `_${one.fieldSlugName}`, label: one.isRequired ? `${label} *` : label, about: new RegExp(label.replace(/\W/g, "."), "i") };
    if (one.isPassword) return { ...common, kind: "password", hint, make: () => call("POST", `secret-templates/generate-password/${one.secretTemplateFieldId}`) };
    const listed = options.get(one.fieldSlugName);
    if (listed?.length) return { ...common, kind: "choice", options: [["", ""], ...listed.map((text) => [text, text])] };
    return { ...common, kind: one.isNotes ? "notes" : "text" };
  });
}

/** What may be chosen for fields that offer it, by slug. */
function useOptions(template) {
  const { data } = useLive(template && `secret-templates/fields/search?filter.secretTemplateId=${template}&take=100`, 0);
  const [options, setOptions] = useState(null);
  useEffect(() => {
    if (!data) return;
    const listed = data.records.filter((one) => /list|dropdown/i.test(one.type ?? ""));
    Promise.all(listed.map(async (one) => [one.slugName, (await call("GET", `secret-templates/fields/${one.id}`)).dropdownOptions?.map((each) => each.value)]))
      .then((all) => setOptions(new Map(all)), () => setOptions(new Map()));
  }, [data]);
  return options ?? new Map();
}

/** First the template, then the rest. */
export function Create({ folder, folders, close, made }) {
  const { data, error } = useLive("secret-templates?take=500&sortBy[0].name=name", 0);
  const [chosen, setChosen] = useState("");
  const { data: template } = useLive(chosen && `secret-templates/${chosen}`, 0);
  const options = useOptions(chosen);
  const ready = template && String(template.id) === String(chosen);

  async function save(values) {
    if (!ready) throw new Error("Choose a template first.");
    const items = template.fields.filter((one) => !one.isFile).map((one) => {
      const value = values[`_${one.fieldSlugName}`] ?? "";
      return one.isPassword && !value ? { slug: one.fieldSlugName, generate: true } : { slug: one.fieldSlugName, itemValue: value };
    });
    const inFolder = Number(values.folder);
    return call("POST", "secrets", {
      name: values.name, secretTemplateId: template.id, folderId: inFolder, siteId: 1, items, enableInheritPermissions: inFolder > 0,
    });
  }

  const fields = (values) => {
    if (values.template !== chosen) setTimeout(() => setChosen(values.template));
    return [
      { name: "template", label: "Template", kind: "choice", options: [["", "Choose one…"], ...(data?.records ?? []).map((one) => [one.id, one.name])] },
      { name: "name", label: "Name", about: /\bname\b/i },
      { name: "folder", label: "Folder", kind: "choice", options: choices(folders, "no folder"), about: /folder/i },
      ...(ready ? entries(template, "Left empty, one is made by its rules.", options) : []),
    ];
  };
  return html`<${Form} title="New secret" yes="Create" fields=${fields} first=${{ template: "", name: "", folder: folder ?? -1 }}
    save=${save} done="The secret is made." then=${({ id }) => made(id)} close=${close}><${Trouble} error=${error} /><//>`;
}

/** Name and values. Of what is hidden nothing is read; it stays unless a new one is given. opened: see values.js */
export function Edit({ of, opened, close, again }) {
  const options = useOptions(of.template.id);
  const [first, setFirst] = useState(null);
  const [failure, setFailure] = useState(null);
  const [open] = useState(() => isOpen(of.state, opened)); // as long as the form is
  const [by] = useState(() => opened?.by ?? reader(of.id));
  const plain = of.template.fields.filter((one) => open && !one.isPassword && !one.hideOnView && !one.isFile);
  useEffect(() => {
    const read = plain.length ? by.value(PLAIN) : Promise.resolve({ items: [] });
    read.then(({ items }) => setFirst({
      name: of.name, heartbeatEnabled: of.heartbeatEnabled,
      ...Object.fromEntries(items.filter((one) => plain.some((field) => field.fieldSlugName === one.slug)).map((one) => [`_${one.slug}`, one.itemValue])),
    }), setFailure);
  }, []);

  async function save(values) {
    const changed = of.template.fields.filter((one) => (values[`_${one.fieldSlugName}`] ?? "") !== (first[`_${one.fieldSlugName}`] ?? ""));
    const { data } = dirty({
      ...(values.name !== of.name && { name: values.name }),
      ...(values.heartbeatEnabled !== of.heartbeatEnabled && { heartbeatEnabled: values.heartbeatEnabled }),
    });
    data.secretFields = changed.map((one) => ({ slug: one.fieldSlugName, dirty: true, value: values[`_${one.fieldSlugName}`] }));
    await call("PATCH", `v2:secrets/${of.id}/general`, by.body({ data }));
    again();
  }

  if (failure) return html`<${Trouble} error=${failure} />`;
  if (!first) return null;
  const values = open ? entries(of.template, "Left empty, it stays as it is.", options) : [];
  const fields = [{ name: "name", label: "Name", about: /\bname\b/i }, ...values,
    ...(of.template.passwordTypeId ? [{ name: "heartbeatEnabled", label: "Heartbeats", kind: "switch" }] : [])];
  return html`<${Form} title=${`Edit ${of.name}`} fields=${fields} first=${first} save=${save} done="The secret is changed." close=${close} />`;
}

export function Terms({ of, terms, close, again }) {
  const fields = [
    { name: "checkOutEnabled", label: "Must be checked out", kind: "switch" },
    { name: "checkOutIntervalMinutes", label: "For", kind: "number", unit: "minutes", hint: "Empty: as long as the cluster's setting says." },
    { name: "checkOutChangePasswordEnabled", label: "A new password after each check-in", kind: "switch" },
  ];
  async function save(values) {
    await call("PATCH", `v3:secrets/${of.id}/security-checkout`, dirty(values));
    again();
  }
  return html`<${Form} title="Checkout" fields=${fields} save=${save} done="The rules of checkout are changed." close=${close}
    first=${{ checkOutEnabled: terms.checkOutEnabled, checkOutIntervalMinutes: terms.checkOutIntervalMinutes, checkOutChangePasswordEnabled: terms.checkOutChangePasswordEnabled }} />`;
}

const KINDS = [["Template", "as its template says"], ["DayInterval", "some days after each change"], ["SpecificDate", "on a day"]];

export function Expiry({ of, close, again }) {
  const { data, error } = useLive(`secrets/${of.id}/settings`, 0);
  if (!data) return html`<${Trouble} error=${error} />`;
  const fields = ({ expirationType: kind }) => [
    { name: "expirationType", label: "Expires", kind: "choice", options: KINDS },
    ...(kind === "DayInterval" ? [{ name: "expirationDayInterval", label: "After", kind: "number", unit: "days", about: /day|interval/i }] : []),
    ...(kind === "SpecificDate" ? [{ name: "expirationDate", label: "On (UTC)", kind: "moment", about: /date/i }] : []),
  ];
  async function save({ expirationType, expirationDayInterval, expirationDate }) {
    const more = { DayInterval: { expirationDayInterval }, SpecificDate: { expirationDate } }[expirationType];
    await call("PUT", `secrets/${of.id}/expiration`, dirty({ expirationType, ...more }));
    again();
  }
  const known = KINDS.some(([kind]) => kind === data.expirationType);
  return html`<${Form} title="Expiry" fields=${fields} save=${save} done="The expiry is changed." close=${close}
    first=${{ expirationType: known ? data.expirationType : "Template", expirationDayInterval: data.expirationDayInterval ?? 90, expirationDate: data.expirationDate ?? "" }} />`;
}
