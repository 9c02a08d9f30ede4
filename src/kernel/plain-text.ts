/** Text that someone inside a lab has set, safe to print and to send: what cannot be shown becomes U+FFFD. */
export function plainText(text: string): string {
  let clean = ''
  for (const character of text) clean += isUnprintable(character.codePointAt(0) ?? 0) ? '\ufffd' : character
  return clean
}

/**
 * C0 and C1 controls, line and paragraph separators, halves of surrogate pairs, and the marks that turn the direction of
 * text (Unicode TR 36, section 2.5): none is for a terminal or a log.
 */
function isUnprintable(code: number): boolean {
  if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return true
  if (code < 0x200e) return false
  if (code <= 0x200f || (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069)) return true
  return code >= 0xd800 && code < 0xe000
}
