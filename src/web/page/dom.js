// @ts-check
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/**
 * Making and finding elements.
 *
 * @module
 */

/**
 * The element with this id.
 *
 * @template {Element} [T=HTMLElement]
 * @param {string} id
 * @returns {T}
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`The page has no #${id}`);
  return /** @type {T} */ (/** @type {unknown} */ (element));
}

/**
 * A new element with a class, attributes and children.
 *
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string>} [attributes]
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/**
 * A new SVG element.
 *
 * @param {string} tag
 * @param {Record<string, string | number>} [attributes]
 * @param {(Node | string)[]} children
 * @returns {SVGElement}
 */
export function makeSvg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) {
    element.setAttribute(name, String(value));
  }
  element.append(...children);
  return element;
}

/**
 * Sets an element's text if it is another one: what has not changed is not announced or laid out.
 *
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Watches a group of radio buttons, which remembers its choice in this browser.
 *
 * @param {string} id Of the fieldset.
 * @param {(value: string) => void} onChoice Also called once at the start.
 * @returns {(value: string) => void} Makes the choice from elsewhere.
 */
export function radioGroup(id, onChoice) {
  const inputs = [...byId(id).querySelectorAll("input")];
  /** @param {string} value */
  const choose = (value) => {
    for (const input of inputs) input.checked = input.value === value;
    recall(id, value);
    onChoice(value);
  };
  for (const input of inputs) input.addEventListener("change", () => choose(input.value));
  const remembered = recall(id);
  const start = inputs.find((input) => input.value === remembered) ??
    inputs.find((input) => input.checked) ?? inputs[0];
  if (start !== undefined) choose(start.value);
  return choose;
}

/**
 * What this browser remembers under a name; with a value, remembers it.
 *
 * @param {string} name
 * @param {string} [value]
 * @returns {string | undefined}
 */
export function recall(name, value) {
  try {
    if (value !== undefined) localStorage.setItem(`reel.${name}`, value);
    return localStorage.getItem(`reel.${name}`) ?? undefined;
  } catch {
    return undefined; // Storage may be forbidden; then it forgets.
  }
}
