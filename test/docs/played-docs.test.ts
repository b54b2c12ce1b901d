/** The command lines of the pages under docs do what they say. */
import t from 'tap';
import { playPage } from './played-page.js';
import { scenes } from './scenes/scenes.js';

for (const path of Object.keys(scenes)) {
  if (path !== 'README.md') playPage(t, path);
}
