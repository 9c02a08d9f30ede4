/** C0 and C1 controls, line separators, and the marks that turn the direction of text (Unicode TR 36): none is for a terminal or a log. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** Text that someone inside a lab has set, safe to print and to send: what cannot be shown becomes U+FFFD. */
export function plainText(text: string): string {
  return text.replace(UNPRINTABLE, '\ufffd')
}
