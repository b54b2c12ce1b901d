#!/usr/bin/env node
import { main } from '../dist/src/main/cli.js';

await main(process.argv.slice(2));
