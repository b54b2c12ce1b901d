/** The command lines of docs/howto-service.md do what it says. */
import t from 'tap';
import { playPage } from '../played-page.js';

playPage(t, 'docs/howto-service.md');
