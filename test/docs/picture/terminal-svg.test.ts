/** What the picture has of what was on the terminals. */
import t from 'tap';
import { terminalSvg, type Film } from './terminal-svg.js';

const film: Film = {
  label: 'ann & ben',
  panes: [
    { title: 'ann', columns: 40, rows: 2 },
    { title: 'ben <b>', columns: 60, rows: 1 },
  ],
  frames: [
    { atMs: 0, panes: [['ann$ p2p share a', ''], ['']] },
    { atMs: 500, panes: [['ann$ p2p share a', 'a  <1 %>  "x" & y'], ['']] },
    { atMs: 1_000, panes: [['ann$ p2p share a', 'a  100 %'], ['got $ it']] },
  ],
  endMs: 2_000,
};

/** The lines of the picture: their classes, their height and their text. */
function linesOf(svg: string): string[][] {
  const pattern =
    /<text class="l ([^"]*)" x="12" y="(\d+)" textLength="([\d.]+)" xml:space="preserve">(.*)<\/text>/g;
  return [...svg.matchAll(pattern)].map((match) => match.slice(1));
}

t.test('each line is there as long as it was on its terminal', (t) => {
  const svg = terminalSvg(film);
  const table = linesOf(svg);
  t.same(
    table.map(([, y, , text]) => [y, text]).sort(),
    [
      ['128', 'got $ it'],
      ['42', '<tspan>ann$</tspan> p2p share a'],
      ['59', 'a  &#60;1 %&#62;  &#34;x&#34; &#38; y'],
      ['59', 'a  100 %'],
    ].sort(),
  );
  const seenAt = (text: string): string => {
    const [classes = ''] = table.find(([, , , one]) => one === text) ?? [];
    const [name = ''] = classes.split(' ');
    return `${new RegExp(`@keyframes ${name}\\{(.*?)\\}\\.${name}`).exec(svg)?.[1]} ${classes.endsWith(' e')}`;
  };
  t.equal(
    seenAt('a  &#60;1 %&#62;  &#34;x&#34; &#38; y'),
    '0%{opacity:0}25%{opacity:1}50%{opacity:0} false',
  );
  t.equal(seenAt('a  100 %'), '0%{opacity:0}50%{opacity:1} true');
  t.equal(seenAt('<tspan>ann$</tspan> p2p share a'), '0%{opacity:1} true');
  t.end();
});

t.test('it has titles, no script and nothing from elsewhere', (t) => {
  const svg = terminalSvg(film);
  t.match(svg, '<title>ann &#38; ben</title>');
  t.match(svg, '>ben &#60;b&#62;</text>');
  t.match(svg, /^<svg [^>]*viewBox="0 0 456 (\d+)" width="456" height="\1"/);
  t.notMatch(svg.replace('http://www.w3.org/2000/svg', ''), /script|href|url\(|https?:/);
  t.match(svg, 'animation-duration:2s');
  t.end();
});

t.test('as many cells are as wide as they were', (t) => {
  const [, , length] = linesOf(terminalSvg(film)).find(([, , , text]) => text === 'a  100 %') ?? [];
  t.equal(length, String(8 * 7.2));
  t.end();
});
