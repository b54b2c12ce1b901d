/** The command lines of docs/troubleshooting.md do what it says. */
import t from 'tap';
import { playPage } from '../played-page.js';

playPage(t, 'docs/troubleshooting.md');
