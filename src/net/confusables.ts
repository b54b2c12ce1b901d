/**
 * What an id looks like: two ids with the same skeleton can be taken for one another, so a tracker
 * lets only one of them be made. After the skeletons of UTS #39, with a table of the letters that
 * really are used for it instead of the whole one. Pure. A skeleton is compared and never shown.
 */

/** Letters that look like Latin ones, each line what they are folded to; all in lower case. */
const LOOK_ALIKES: Readonly<Record<string, string>> = {
  a: 'аαɑ',
  b: 'вβьƅ',
  c: 'сϲⅽ',
  d: 'ԁɗ',
  e: 'еεҽє℮',
  g: 'ɡց',
  h: 'һнհ',
  j: 'јϳȷ',
  k: 'кκ',
  // A capital i is the letter that is taken for an l most often, and case is folded as well.
  l: 'i1|ıɩιіӏǀ∣ⅼ',
  m: 'мϻ',
  n: 'ηոп',
  o: '0оοσօө',
  p: 'рρ',
  q: 'ԛզ',
  r: 'гɼ',
  s: 'ѕʂ',
  t: 'тτ',
  u: 'υսʋ',
  v: 'νѵ',
  w: 'ωԝѡ',
  x: 'хχ',
  y: 'уγүʏ',
  z: 'ʐ',
  '-': '\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u30fc\u4e00',
  "'": '`´\u2018\u2019\u02b9\u02bb\u02bc\u02bd\u2032',
};

/** Nearly all ids: nothing in them is invisible, composed or wide. */
const ASCII = /^[ -~]*$/;

/** Pairs that look like one letter. */
const PAIRS: readonly (readonly [RegExp, string])[] = [
  [/rn/g, 'm'],
  [/vv/g, 'w'],
];

const folded = new Map(
  Object.entries(LOOK_ALIKES).flatMap(([letter, alikes]) =>
    [...alikes].map((alike) => [alike, letter] as const),
  ),
);

/**
 * What an id looks like, in the form in which ids are compared: width, case, composition, letters of
 * other scripts and what is invisible make no difference in it.
 */
export function skeleton(id: string): string {
  return joinPairs(foldLetters(ASCII.test(id) ? id.toLowerCase() : plainForm(id)));
}

/** What is visible of a text, in lower case and one width. */
export function plainForm(id: string): string {
  const visible = id.normalize('NFKC').replace(/\p{Default_Ignorable_Code_Point}/gu, '');
  // By way of capitals, because some letters have a form that only lower case tells apart (ß, ς), and of small ones
  // before, because one capital (ẞ) has a form of its own.
  return visible.toLowerCase().toUpperCase().toLowerCase().normalize('NFKC');
}

function foldLetters(small: string): string {
  let shape = '';
  for (const letter of small) shape += folded.get(letter) ?? letter;
  return shape;
}

function joinPairs(shape: string): string {
  return PAIRS.reduce((text, [pair, letter]) => text.replace(pair, letter), shape);
}
