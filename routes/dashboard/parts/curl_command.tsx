/** A command that does over HTTP what the form beside it does, and a button that copies it; `id` is unique in its page. */
export function CurlCommand({ id, command }: { id: string; command: string }) {
  return (
    <details class="curl">
      <summary>The same with curl</summary>
      <pre id={id}>{command}</pre>
      <button type="button" class="small needs-script" data-copy={id}>Copy</button>
    </details>
  );
}

/** A POST with a key as curl's command; `body` is sent as JSON. */
export function curlPost(url: string, body: unknown): string {
  return [
    `curl -X POST '${quoted(url)}'`,
    `  -H 'Authorization: Bearer YOUR_KEY'`,
    `  -d '${quoted(JSON.stringify(body))}'`,
  ].join(" \\\n");
}

/** A text within single quotes of a shell. */
function quoted(text: string): string {
  return text.replaceAll("'", "'\\''");
}
