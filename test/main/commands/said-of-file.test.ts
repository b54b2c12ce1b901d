import t from 'tap';
import { saidOfFile } from '../../../src/main/commands/said-of-file.js';

t.test('what reads like a whole command is one', (t) => {
  t.equal(saidOfFile('one-shot', 'g', 'a film')('resume'), "p2p resume g 'a film'");
  t.equal(saidOfFile('shell', 'g', 'film')('resume'), 'resume_download g film');
  t.equal(saidOfFile('one-shot', 'g', 'film')('serve'), 'p2p serve');
  t.end();
});
