/** The command lines of docs/operations.md do what it says. */
import t from 'tap';
import { playPage } from '../played-page.js';

playPage(t, 'docs/operations.md');
