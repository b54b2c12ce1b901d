/** What was taken from a protocol, or asked of everybody who speaks it, since its lines were written down. Pure. */

/** Lines of a protocol are params (`method(key): kind`), answers (`method: type`), keys and words of types. */
export function breaks(before, now) {
  const has = new Set(now);
  const had = new Set(before.map(nameOf));
  const gone = before.filter((line) => line !== '' && !has.has(line) && !isLooser(line, now));
  const asked = now.filter(
    (line) => isNeeded(line) && isOfOldMethod(line, before) && !had.has(nameOf(line)),
  );
  return [
    ...gone.map((line) => `the protocol has no longer: ${line}`),
    ...asked.map((line) => `programs do not say yet: ${line}`),
  ];
}

function nameOf(line) {
  return line.replace(/: .*$/, '');
}

function isParam(line) {
  return /^\w+\(\S+\): /.test(line);
}

function isNeeded(line) {
  return isParam(line) && !line.includes(', or absent') && !/[.[]/.test(nameOf(line));
}

function isOfOldMethod(line, before) {
  const method = `${line.replace(/\(.*$/, '')}: `;
  return before.some((other) => other.startsWith(method));
}

/** A param that may be left out now, or of which more words are understood. */
function isLooser(line, now) {
  if (!isParam(line)) return false;
  const same = now.find((other) => nameOf(other) === nameOf(line));
  if (same === undefined) return false;
  const isOptional = same.endsWith(', or absent');
  if (line.endsWith(', or absent') && !isOptional) return false;
  const kinds = (text) =>
    text
      .slice(nameOf(text).length + 2)
      .replace(', or absent', '')
      .split(', ');
  return kinds(line).every((kind) => kinds(same).includes(kind));
}
