import type { Child } from "hono/jsx";

/** The frame of a page: title, style sheet, and what it shows; the text of a whole document. */
export function renderPage(title: string, content: Child): string {
  const page = (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title}</title>
        <link rel="stylesheet" href="/ui/assets/page.css" />
      </head>
      <body>
        <main>{content}</main>
      </body>
    </html>
  );
  return `<!doctype html>${page}`;
}
