import fc from 'fast-check';
import t from 'tap';
import { searchForm } from '../../src/net/search-form.js';

t.test('case, accents, width and what is invisible make no difference', (t) => {
  for (const [text, form] of [
    ['report_2026 (final).pdf', 'report_2026 (final).pdf'],
    ['Été À NOËL', 'ete a noel'],
    ['E\u0301te\u0301', 'ete'],
    ['STRASSE', 'strasse'],
    ['Straße', 'strasse'],
    ['Ｆｉｌｍ', 'film'],
    ['İstanbul ıssız', 'istanbul issiz'],
    ['Σίσυφος', 'σισυφοσ'],
    ['пёс', 'пес'],
    ['a\u200db\u00adc', 'abc'],
    ['ﬁlm', 'film'],
  ] as const) {
    t.equal(searchForm(text), form, text);
  }
  t.end();
});

t.test('a form is its own form, and that of a part is part of it', (t) => {
  const text = fc.string({ unit: 'grapheme' });
  fc.assert(fc.property(text, (one) => searchForm(searchForm(one)) === searchForm(one)));
  const ascii = fc.string();
  fc.assert(
    fc.property(ascii, ascii, ascii, (before, part, behind) =>
      searchForm(before + part + behind).includes(searchForm(part)),
    ),
  );
  t.end();
});
