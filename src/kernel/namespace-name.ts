const OURS = /^nl[0-9a-f]{8}-(?:0|[1-9][0-9]{0,5})$/

/** Whether a name has the form of ours; nothing else under /run/netns is ever opened or removed. */
export function isOurName(name: string): boolean {
  return OURS.test(name)
}
