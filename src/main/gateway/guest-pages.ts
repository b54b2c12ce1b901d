/** The few pages that a guest may see: no scripts, no styles, nothing loaded, and nothing in them that others wrote. Pure. */

/** Of a link that is not good, whyever that is: who tries learns nothing. */
export const NOT_FOUND = page(
  'Not found',
  '<p>There is nothing here. A link ends after a time, after so many downloads, or when whoever made it ends it.</p>',
);

export const TOO_OFTEN = page('Not now', '<p>Too often. Try again in a minute.</p>');

export const WRONG_METHOD = page('Not so', '<p>Not in this way.</p>');

export const UNSATISFIABLE = page('Not so', '<p>The file has no such part.</p>');

export const AWAY = page(
  'Not now',
  '<p>The file cannot be delivered just now. Try again in a moment.</p>',
);

/** Asks for the password; `isWrong` after one that was not it. */
export function passwordPage(isWrong: boolean): string {
  const wrong = isWrong ? '<p role="alert">That is not the password.</p>' : '';
  return page(
    'Password',
    `${wrong}<form method="post"><p><label>The password of this download: <input type="password" name="password" autocomplete="off" autofocus required></label> <button>Download</button></p></form>`,
  );
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title></head>
<body><h1>${title}</h1>${body}</body>
</html>
`;
}
