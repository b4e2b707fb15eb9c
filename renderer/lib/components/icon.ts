import type Icon from '@lucide/svelte/icons/circle';

/** Any icon of the icon set. */
export type IconComponent = typeof Icon;
