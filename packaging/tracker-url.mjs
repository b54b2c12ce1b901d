/** Where the tracker that a command line starts is asked for its health. Pure. */

/** The options of `p2p tracker` that take no value, besides those of one letter: after any other one stands its value. */
const SWITCHES = new Set(
  '-- --new --json --quiet --verbose --no-input --yes --debug --help --version'.split(' '),
);

/** Of `tracker HOST PORT`, wherever options stand; undefined of words that start no tracker. */
export function trackerUrl(words) {
  const at = words.findIndex(
    (word, index) => word === 'tracker' && words[index - 1] !== '--tracker',
  );
  if (at === -1) return undefined;
  const [host = 'localhost', port] = plainWords(words.slice(at + 1));
  const asked = host === '::' || host === '0.0.0.0' ? 'localhost' : host;
  return new URL(`https://${asked.includes(':') ? `[${asked}]` : asked}:${port}/healthz`);
}

function plainWords(words) {
  const plain = [];
  let isValue = false;
  for (const word of words) {
    if (isValue) isValue = false;
    else if (!word.startsWith('-')) plain.push(word);
    else isValue = word.startsWith('--') && !word.includes('=') && !SWITCHES.has(word);
  }
  return plain;
}
