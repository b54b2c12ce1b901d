/** The command lines of docs/tutorial.md do what it says. */
import t from 'tap';
import { playPage } from '../played-page.js';

playPage(t, 'docs/tutorial.md');
