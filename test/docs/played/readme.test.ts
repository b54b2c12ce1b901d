/** The command lines of README.md do what it says. */
import t from 'tap';
import { playPage } from '../played-page.js';

playPage(t, 'README.md');
