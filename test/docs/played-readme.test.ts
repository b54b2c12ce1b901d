/** The command lines of the readme do what it says. */
import t from 'tap';
import { playPage } from './played-page.js';

playPage(t, 'README.md');
