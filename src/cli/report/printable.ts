/**
 * A text without control characters, line breaks among them: names and messages may come from objects that anyone may write,
 * from certificates of backends and from pods, and must neither steer a terminal nor look like lines of their own.
 */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is replaced.
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '·');
}
