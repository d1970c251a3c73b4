/** A person's text in a message: quoted, so that its ends show, and bounded. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 64 ? `${text.slice(0, 64)}…` : text);
}
