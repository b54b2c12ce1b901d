/** What every command of the command line answers with `--json`. */
import { accountAnswers } from './account-answers.js';
import type { AnswerShape } from './answer-shape.js';
import { clientAnswers } from './client-answers.js';
import { downloadAnswers } from './download-answers.js';
import { fileAnswers } from './file-answers.js';
import { groupAnswers } from './group-answers.js';
import { guestAnswers } from './guest-answers.js';
import { settingAnswers } from './setting-answers.js';
import { trackerAnswers } from './tracker-answers.js';

export const answers: Readonly<Record<string, AnswerShape>> = {
  ...accountAnswers,
  ...groupAnswers,
  ...guestAnswers,
  ...fileAnswers,
  ...downloadAnswers,
  ...clientAnswers,
  ...settingAnswers,
  ...trackerAnswers,
};
