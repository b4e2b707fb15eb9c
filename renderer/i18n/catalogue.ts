import { clusterTexts } from './texts/clusters.ts';
import { componentTexts } from './texts/components.ts';
import { frameTexts } from './texts/frame.ts';
import { hostTexts } from './texts/hosts.ts';
import { validationTexts } from '#common/i18n/validation.ts';
import { workloadTexts } from './texts/workloads.ts';

/** Every text of the window, in every language, in ICU MessageFormat. */
export const catalogue = {
  ...componentTexts,
  ...frameTexts,
  ...clusterTexts,
  ...hostTexts,
  ...workloadTexts,
  ...validationTexts,
} as const;

export type Catalogue = typeof catalogue;
export type MessageKey = keyof Catalogue;
