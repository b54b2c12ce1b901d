/** The command lines of docs/configuration.md do what it says. */
import t from 'tap';
import { playPage } from '../played-page.js';

playPage(t, 'docs/configuration.md');
