/** The command lines of packaging/README.md do what it says. */
import t from 'tap';
import { playPage } from '../played-page.js';

playPage(t, 'packaging/README.md');
